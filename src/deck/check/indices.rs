//! Sobol' indices while running: `sensitivity: sobol`.

use super::output::Context;
use crate::deck::node::Node;
use crate::deck::reader::Reading;
use crate::diagnostic::Span;
use crate::domain::design::Design;
use crate::plan::{OutputVariable, Work};

/// Points of a design whose values rank 0 takes for one variable and record, 128 MB.
const MOST_POINTS: u64 = 1 << 24;

/// Whether the deck's design allows them, and the variables are numbers.
pub fn read(
    node: &Node,
    path: &str,
    variables: &[(OutputVariable, Span)],
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<()> {
    let what = format!("`{path}.sensitivity`");
    reading.choice(node, &what, &[("sobol", ())])?;
    if variables.is_empty() {
        reading.error(node.at, format!("{what} has no variables to explain"), "write `variables: O3`, or a list");
        return None;
    }
    if let Some((_, at)) = variables.iter().find(|(variable, _)| *variable == OutputVariable::Status) {
        reading.error(*at, "`status` is a word, of which there is no variance", "name another variable");
        return None;
    }
    if context.unread_ensemble {
        return None;
    }
    let points = match (context.ensemble, context.work?) {
        (Some(ensemble), _) => {
            let mut long = ensemble.axes.iter().filter(|axis| axis.length > 1);
            let (axis, more) = (long.next(), long.next());
            if more.is_some() || context.count > 1 {
                let message = format!("{what} is of one value for each point of a design, and there are more");
                let help =
                    "keep one axis and one cell or particle, or ask `chemdrift sensitivity` about `reduce: [mean]`";
                reading.error(node.at, message, help);
                return None;
            }
            axis.filter(|axis| matches!(axis.design, Some(Design::Saltelli { .. }))).map(|axis| axis.length)
        }
        (None, Work::Chemistry { cells, .. }) => {
            let groups = |design: &Design| matches!(design, Design::Saltelli { .. });
            cells.sample.as_ref().filter(|sample| groups(&sample.points.design)).map(|_| cells.count)
        }
        (None, Work::Particles(_)) => None,
    };
    let Some(points) = points else {
        let message = format!("{what}: Sobol' indices need the design saltelli");
        let help =
            "write `sample: {method: saltelli, base: 1024, …}`, or ask `chemdrift sensitivity --method prcc` later";
        reading.error(node.at, message, help);
        return None;
    };
    if points > MOST_POINTS {
        let message = format!("{what}: {points} points are more than rank 0 can take ({MOST_POINTS})");
        reading.error(node.at, message, "write a smaller `base`, or ask `chemdrift sensitivity` later");
        return None;
    }
    Some(())
}
