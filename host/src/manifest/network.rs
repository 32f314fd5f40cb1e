//! `[grants] networks`: what of a network that is not public a hook's target may lie in.

use crate::problem::Problem;
use crate::written::{Node, Table, Value};
use core::net::IpAddr;
use ipnet::IpNet;

const HINT: &str = "write an address or a network, such as \"127.0.0.1\", \"10.0.0.0/8\" or \"fd00::/8\"";

/// Reads the networks that are granted.
pub(super) fn networks(table: &Table, problems: &mut Vec<Problem>) -> Vec<IpNet> {
    let Some(Node { value: Value::Table(grants), .. }) = table.get("grants") else { return Vec::new() };
    let Some(node) = grants.get("networks") else { return Vec::new() };
    let list = node.list("grants.networks", problems).unwrap_or_default();
    list.iter().filter_map(|node| network(node, problems)).collect()
}

fn network(node: &Node, problems: &mut Vec<Problem>) -> Option<IpNet> {
    let text = node.text("grants.networks", problems)?;
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok();
    let Some(network) = network else {
        let message = format!("grants.networks: {text:?} is no network");
        problems.push(Problem::error(node.place.clone(), message).hint(HINT));
        return None;
    };
    let whole = network.trunc();
    if whole != network {
        let message = format!("grants.networks: {text:?} is an address in a network");
        let hint = format!("write \"{}\" for the one, or \"{whole}\" for all of the other", network.addr());
        problems.push(Problem::error(node.place.clone(), message).hint(hint));
        return None;
    }
    Some(network)
}
