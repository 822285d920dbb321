//! The program: everything is in the library, so that tests reach it.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(chemdrift::cli::main())
}
