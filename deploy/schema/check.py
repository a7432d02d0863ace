"""Checks compose.yaml and the Kubernetes files by schema, and against each other.

In: the rendered overlays, as arguments; without any, the files of the base one by one.
Out: every fault with its place, exit 1; or a line for each kind of file.
Never here: the network. The schemas lie beside this file.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
# Roles of `shouwen serve --role`; each must run somewhere.
ROLES = {"phone", "email", "wechat", "sms", "webhook", "router", "notifier", "console"}
# FINISH_LIMIT of services/shouwen/src/serve.rs in seconds: who is killed earlier leaves submits of
# which nobody knows what became of them.
FINISH_S = 40
faults = []


def fault(place, what):
    faults.append(f"{place}: {what}")


def schema(name):
    whole = json.loads((DEPLOY / "schema" / name).read_text())
    return jsonschema.validators.validator_for(whole)(whole)


def documents(path):
    try:
        return [one for one in yaml.safe_load_all(path.read_text()) if one is not None]
    except yaml.YAMLError as error:
        fault(path, error)
        return []


def judge(validator, place, document):
    for error in validator.iter_errors(document):
        error = jsonschema.exceptions.best_match([error])
        fault(f"{place}: {'.'.join(map(str, error.absolute_path))}", error.message[:300])


def roles(words):
    return {words[at + 1] for at, word in enumerate(words[:-1]) if word == "--role"}


def every_role(place, found):
    for role in ROLES ^ found:
        fault(place, f"role {role} is " + ("missing" if role in ROLES else "unknown"))


def compose():
    path = DEPLOY / "compose.yaml"
    for document in documents(path):
        judge(schema("compose.json"), path.name, document)
        found = set()
        for name, service in document["services"].items():
            command = service.get("command", [])
            if "serve" in command:
                found |= roles(command)
                if int(service["stop_grace_period"].rstrip("s")) <= FINISH_S:
                    fault(path.name, f"{name} is killed before it has finished")
            for kind in ("configs", "secrets"):
                for used in service.get(kind, []):
                    used = used["source"] if isinstance(used, dict) else used
                    if used not in document[kind]:
                        fault(path.name, f"{name}: {kind} has no {used}")
            for wanted in service.get("depends_on", {}):
                if wanted not in document["services"]:
                    fault(path.name, f"{name} depends on {wanted}, which is not there")
        for name, file in document["configs"].items():
            if not (DEPLOY / file["file"]).is_file():
                fault(path.name, f"configs.{name}: there is no file {file['file']}")
        settings = (DEPLOY / "compose" / "shouwen.toml").read_text()
        for file in re.findall(r'"/run/secrets/([^"]+)"', settings):
            if file not in document["secrets"]:
                fault("compose/shouwen.toml", f"compose.yaml has no secret {file}")
        every_role(path.name, found)


def kubernetes(rendered):
    validator = schema("kubernetes.json")
    for path in rendered:
        found, names = set(), set()
        for document in documents(path):
            place = f"{path.stem}: {document.get('kind')} {document.get('metadata', {}).get('name')}"
            judge(validator, place, document)
            if (place in names) or names.add(place):
                fault(place, "is there twice")
            if document.get("kind") in ("Deployment", "StatefulSet"):
                pod = document["spec"]["template"]["spec"]
                found |= roles(pod["containers"][0]["args"])
                if pod["terminationGracePeriodSeconds"] <= FINISH_S + 5:
                    fault(place, "is killed before it has finished")
                if document["spec"]["selector"]["matchLabels"].items() - document["spec"]["template"]["metadata"]["labels"].items():
                    fault(place, "does not select its own pods")
        every_role(path.stem, found)
    base = DEPLOY / "kubernetes"
    # Patches and kustomizations are no objects; what they say is seen in what is rendered.
    files = [] if rendered else [file for file in base.rglob("*.yaml") if file.name not in ("kustomization.yaml", "pod.yaml")]
    for file in files:
        for document in documents(file):
            judge(validator, f"{file.name}: {document.get('kind')}", document)


def main(arguments):
    for path in DEPLOY.rglob("*.yaml"):
        documents(path)
    compose()
    kubernetes([pathlib.Path(argument) for argument in arguments])
    if faults:
        sys.exit("\n".join(sorted(set(faults))))
    print("compose.yaml: good by schema, every role and file of it is there")
    print(f"kubernetes: good by schema, {'as rendered' if arguments else 'file by file'}")


main(sys.argv[1:])
