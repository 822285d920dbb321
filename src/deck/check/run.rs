//! The section `run`: how a run goes about its work. Nothing in it changes a result.

use super::chemistry::or_default;
use crate::deck::defaults;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::plan::Balance;

/// Reads the section; it may be absent.
pub fn read(node: Option<&Node>, reading: &mut Reading) -> Balance {
    let (word, default) = defaults::BALANCE;
    let mut table = node.and_then(|node| Table::open(node, "run", reading));
    let balance = table.as_mut().and_then(|table| table.get("balance"));
    if let Some(table) = table {
        table.finish(&[], reading);
    }
    let known = [("auto", Balance::Auto), ("off", Balance::Off), ("always", Balance::Always)];
    let given = |n: &Node, r: &mut Reading| r.choice(n, "`run.balance`", &known);
    or_default(balance, "run.balance", (word.to_owned(), default), reading, given)
}
