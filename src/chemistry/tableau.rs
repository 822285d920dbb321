//! Rosenbrock methods as tables of numbers.

/// A Rosenbrock method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Ros2,
    Ros3,
    Ros4,
    Rodas3,
    Rodas4,
}
