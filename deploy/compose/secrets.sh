#!/bin/sh
# Makes the secrets of compose.yaml that are not there yet, from the kernel's randomness.
# Keep compose/secrets/keys elsewhere, too: who loses it loses every sealed word.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
chmod 700 secrets
random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
# Each container runs as another user and gets its files as they are here: readable for all,
# in a folder that on this machine only you can enter.
make() { [ -s "secrets/$1" ] || { cat >"secrets/$1.new" && chmod 444 "secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }; }
for name in bus.password store.password coord.password phone.main sms.main webhook.app; do
  random 24 | make "$name"
done
# As the first start of an embedded house writes data/keys: sealing, look-ups, journal.
printf 'sealing 1 %s\nindex %s\njournal %s\n' "$(random 32)" "$(random 32)" "$(random 32)" | make keys
printf 'default_vhost = shouwen\ndefault_user = shouwen\ndefault_pass = %s\n' "$(cat secrets/bus.password)" | make rabbitmq-user
printf 'requirepass %s\n' "$(cat secrets/coord.password)" | make redis-user
echo "secrets lie in $PWD/secrets"
