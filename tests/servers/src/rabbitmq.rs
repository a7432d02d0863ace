//! A private RabbitMQ, alone or as a cluster, each with its own name service.
//!
//! In: nothing. Out: an address; nodes that can be killed, paused and started again. Never
//! here: a queue.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    child::{Process, listens, signal, until},
    free_port,
};

/// The scripts themselves: the wrapper on the path changes user and folder.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";
/// Virtual hosts that tests take one after the other; the default one is for whoever starts his own.
pub const VHOSTS: usize = 200;
/// The password of `guest`, salted and hashed as RabbitMQ keeps it: SHA-256 of salt and `guest`.
const GUEST: &str = "c2FsdDRwMuw4kgNZhm0cEYx1m4NAR6BCdplxDdFbnDjbRIKq";
/// Ports that a command line tool of ours may use for its answer, on each side of a cluster.
const TOOL_PORTS: u16 = 40;

/// One node.
#[derive(Debug)]
pub struct RabbitMq {
    name: String,
    port: u16,
    dist: u16,
    shared: Arc<Shared>,
    process: Option<Process>,
}

/// What the nodes of a cluster share: a folder, a secret, a name service.
#[derive(Debug)]
struct Shared {
    names: u16,
    folder: TempDir,
    _names: Process,
}

/// Nodes that know each other.
#[derive(Debug)]
pub struct Cluster {
    /// The nodes, in the order they were started.
    pub nodes: Vec<RabbitMq>,
}

impl RabbitMq {
    /// Starts one with its default virtual host alone.
    pub fn start() -> Result<Self> {
        Self::start_with_vhosts(0)
    }

    /// Starts one with so many virtual hosts `t0`, `t1`, … beside the default one.
    pub fn start_with_vhosts(vhosts: usize) -> Result<Self> {
        let mut node = Self::prepare(&Arc::new(Shared::start()?), "one", vhosts, &[])?;
        node.go()?;
        node.wait()?;
        Ok(node)
    }

    /// Prepares one with its default virtual host alone, for `go`.
    pub fn prepared() -> Result<Self> {
        Self::prepare(&Arc::new(Shared::start()?), "one", 0, &[])
    }

    fn prepare(shared: &Arc<Shared>, name: &str, vhosts: usize, peers: &[String]) -> Result<Self> {
        let node = Self {
            name: format!("{name}@localhost"),
            port: free_port()?,
            dist: free_port()?,
            shared: shared.clone(),
            process: None,
        };
        fs::create_dir(node.folder())?;
        let mut config = format!(
            "listeners.tcp.1 = 127.0.0.1:{}\nload_definitions = {}\n\
             disk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 2GB\n\
             cluster_partition_handling = pause_minority\nnet_ticktime = 5\n",
            node.port,
            node.folder().join("definitions.json").display()
        );
        if !peers.is_empty() {
            config.push_str("cluster_formation.peer_discovery_backend = rabbit_peer_discovery_classic_config\n");
        }
        for (place, peer) in peers.iter().enumerate() {
            config.push_str(&format!("cluster_formation.classic_config.nodes.{} = {peer}\n", place + 1));
        }
        fs::write(node.folder().join("rabbitmq.conf"), config)?;
        fs::write(node.folder().join("definitions.json"), definitions(vhosts))?;
        fs::write(node.folder().join("plugins"), "[].")?;
        Ok(node)
    }

    /// Starts it with the files it has; `wait` says when it takes messages.
    pub fn go(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "the node runs already");
        drop(fs::remove_file(self.pid_file()));
        let mut command = self.program("rabbitmq-server");
        self.process = Some(Process::start("RabbitMQ", &mut command, &self.folder().join("out"))?);
        Ok(())
    }

    /// Waits until it takes messages.
    pub fn wait(&mut self) -> Result<()> {
        let (port, log) = (self.port, self.folder().join("out"));
        let process = self.process.as_mut().context("the node does not run")?;
        process.wait_until(|| listens(port)).with_context(|| fs::read_to_string(log).unwrap_or_default())
    }

    /// Gives the address with user and password, without a virtual host.
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.port)
    }

    /// Gives the port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Gives the name by which the other nodes know it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Kills it at once.
    pub fn kill(&mut self) -> Result<()> {
        let mut process = self.process.take().context("the node does not run")?;
        signal("KILL", self.id()?)?;
        process.ended()
    }

    /// Freezes it without closing a connection.
    pub fn pause(&self) -> Result<()> {
        signal("STOP", self.id()?)
    }

    /// Lets it go on.
    pub fn resume(&self) -> Result<()> {
        signal("CONT", self.id()?)
    }

    /// Stops and starts the broker in it, as an operator does with a node that was frozen: the others
    /// count it as gone, and it does not find back by itself.
    pub fn rejoin(&self) -> Result<()> {
        self.ctl(&["stop_app"])?;
        self.ctl(&["start_app"]).map(drop)
    }

    /// Gives it a command of `rabbitmqctl`; gives what that prints. It takes seconds.
    pub fn ctl(&self, words: &[&str]) -> Result<String> {
        let said =
            self.program("rabbitmqctl").args(["-q", "-n", &self.name]).args(words).stdin(Stdio::null()).output()?;
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        ensure!(said.status.success(), "rabbitmqctl {}: {out}{err}", words.join(" "));
        Ok(out.trim_end().to_owned())
    }

    /// The Erlang machine itself; the process started is the script around it.
    fn id(&self) -> Result<u32> {
        let written = || fs::read_to_string(self.pid_file()).ok().filter(|id| !id.is_empty());
        let text = until("the id of the node", written)?;
        Ok(text.trim().parse()?)
    }

    fn pid_file(&self) -> PathBuf {
        self.folder().join("pid")
    }

    fn folder(&self) -> PathBuf {
        self.shared.folder.path().join(self.name.replace('@', "-"))
    }

    fn program(&self, name: &str) -> Command {
        let folder = self.folder();
        let mut command = Command::new(Path::new(PROGRAMS).join(name));
        command
            .env("HOME", self.shared.folder.path())
            .env("ERL_EPMD_PORT", self.shared.names.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", &self.name)
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.dist.to_string())
            .env("RABBITMQ_CTL_DIST_PORT_MIN", self.dist.saturating_add(1).to_string())
            .env("RABBITMQ_CTL_DIST_PORT_MAX", self.dist.saturating_add(TOOL_PORTS).to_string())
            .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_PID_FILE", folder.join("pid"))
            .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", folder.join("advanced.config"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 2:2")
            .current_dir(self.shared.folder.path());
        command
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        if self.process.is_some() {
            drop(self.resume());
            drop(self.kill());
        }
    }
}

impl Shared {
    fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("shouwen-rabbitmq-").tempdir()?;
        let cookie = folder.path().join(".erlang.cookie");
        fs::write(&cookie, "SHOUWENTESTSERVERS")?;
        fs::set_permissions(&cookie, Permissions::from_mode(0o400))?;
        let names = free_port()?;
        let mut command = Command::new("epmd");
        command.args(["-port", &names.to_string(), "-address", "127.0.0.1"]);
        let mut process = Process::start("the name service of Erlang", &mut command, &folder.path().join("names"))?;
        process.wait_until(|| listens(names))?;
        Ok(Self { names, folder, _names: process })
    }
}

impl Cluster {
    /// Starts so many nodes and waits until all of them run and know each other.
    pub fn start(nodes: usize) -> Result<Self> {
        let shared = Arc::new(Shared::start()?);
        let names: Vec<String> = (1..=nodes).map(|node| format!("n{node}")).collect();
        let peers: Vec<String> = names.iter().map(|name| format!("{name}@localhost")).collect();
        let nodes = names.iter().map(|name| RabbitMq::prepare(&shared, name, 0, &peers));
        let mut cluster = Self { nodes: nodes.collect::<Result<_>>()? };
        cluster.nodes.iter_mut().try_for_each(RabbitMq::go)?;
        cluster.nodes.iter_mut().try_for_each(RabbitMq::wait)?;
        cluster.wait_whole()?;
        Ok(cluster)
    }

    /// Waits until every node counts every other as running.
    pub fn wait_whole(&self) -> Result<()> {
        let first = self.nodes.first().context("a cluster has a node")?;
        let count = format!("length(rabbit_nodes:all_running()) == {}.", self.nodes.len());
        until("the nodes to know each other", || first.ctl(&["eval", &count]).ok().filter(|said| said == "true"))?;
        Ok(())
    }

    /// Cuts the links of a node to all others; clients still reach it.
    pub fn cut_off(&self, place: usize) -> Result<()> {
        let node = self.nodes.get(place).context("a cluster has that node")?;
        // Nodes that do not share a secret get no link. The tool is known by its own name, and does. All
        // at once: a node that is cut off from one of two is something else.
        let cut =
            format!("[begin erlang:set_cookie(N, cut_off), erlang:disconnect_node(N) end || N <- {}].", self.others());
        node.ctl(&["eval", &cut]).map(drop)
    }

    /// Lets all nodes find each other again, and waits until they did.
    pub fn heal(&self) -> Result<()> {
        let heal = format!("[erlang:set_cookie(N, erlang:get_cookie()) || N <- {}].", self.others());
        self.nodes.iter().try_for_each(|node| node.ctl(&["eval", &heal]).map(drop))?;
        self.wait_whole()
    }

    /// The other nodes, in the language of each.
    fn others(&self) -> String {
        let names: Vec<String> = self.nodes.iter().map(|node| format!("'{}'", node.name)).collect();
        format!("[{}] -- [node()]", names.join(","))
    }

    /// Gives the addresses of all nodes.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RabbitMq::url).collect()
    }
}

/// Users, virtual hosts and rights, as RabbitMQ loads them when it starts.
fn definitions(vhosts: usize) -> String {
    let names: Vec<String> =
        std::iter::once("/".to_owned()).chain((0..vhosts).map(|place| format!("t{place}"))).collect();
    let hosts: Vec<String> = names.iter().map(|name| format!("{{\"name\":\"{name}\"}}")).collect();
    let rights = names.iter().map(|name| {
        format!("{{\"user\":\"guest\",\"vhost\":\"{name}\",\"configure\":\".*\",\"write\":\".*\",\"read\":\".*\"}}")
    });
    let rights: Vec<String> = rights.collect();
    format!(
        "{{\"users\":[{{\"name\":\"guest\",\"password_hash\":\"{GUEST}\",\
         \"hashing_algorithm\":\"rabbit_password_hashing_sha256\",\"tags\":\"administrator\"}}],\
         \"vhosts\":[{}],\"permissions\":[{}]}}",
        hosts.join(","),
        rights.join(",")
    )
}
