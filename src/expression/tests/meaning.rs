//! What expressions mean: precedence, units, text.

use super::*;
use crate::quantity::Dimension;

#[test]
fn exact_precedence() {
    for (text, truth) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 - 3 - 4", -5.0),
        ("8 / 4 / 2", 1.0),
        ("2^3^2", 512.0),
        ("-x^2", -9.0),
        ("(-x)^2", 9.0),
        ("2^-1", 0.5),
        ("x * -y", 6.0),
        ("x - -y", 1.0),
        ("+x", 3.0),
        ("- - x", 3.0),
        ("1 + x > 3", 1.0),
        ("x > 3", 0.0),
        ("x >= 3 and y < 0", 1.0),
        ("x < 3 or y < 0 and x == 3", 1.0),
        ("not x < 3", 1.0),
        ("not x > 3 and 0", 0.0),
        ("not (x > 2) == 0", 1.0),
        ("x != 3", 0.0),
        ("(x > 0) + (y > 0)", 1.0),
        ("2 and -3", 1.0),
        ("0 or 0", 0.0),
        ("where(x > y, x, y)", 3.0),
        ("where(x < y, x, y)", -2.0),
        ("where(1, x, y)", 3.0),
        ("where(0, x, 7)", 7.0),
        ("min(x, y, -5)", -5.0),
        ("max(x, y, 1)", 3.0),
        ("clamp(x, 0, 2)", 2.0),
        ("clamp(y, 0, 2)", 0.0),
        ("mod(y, 360)", 358.0),
        ("mod(370, 360)", 10.0),
        ("mod(x, y)", -1.0),
        ("floor(y / 4)", -1.0),
        ("round(2.5) + round(-2.5)", 0.0),
        ("x^3 + y^2 + x^0", 32.0),
        ("abs(y)", 2.0),
        ("10_000 + 1e-3 + .5 + 1.", 10_001.501),
        ("1 / 0", f64::INFINITY),
        ("-1 / (x - 3)", f64::NEG_INFINITY),
        ("pi", std::f64::consts::PI),
        ("5", 5.0),
        ("x", 3.0),
    ] {
        assert_eq!(value(text), truth, "{text}");
    }
    assert!(value("0 / 0").is_nan() && value("min(x, 0 / 0)").is_nan() && value("max(0 / 0, x)").is_nan());
    assert_eq!(value("where(0 / 0, 1, 2)"), 1.0, "NaN is true, as in NumPy");
}

#[test]
fn exact_quantities() {
    for (text, truth) in [
        ("6 h", 21_600.0),
        ("6h", 21_600.0),
        ("6 hour", 21_600.0),
        ("0.1 /day", 0.1 / 86_400.0),
        ("0.1 / day", 0.1 / 86_400.0),
        ("1/s", 1.0),
        ("1e-3 m s-1", 1e-3),
        ("3.6 km h-1", 1.0),
        ("36 m/min", 0.6),
        ("2 m^2", 2.0),
        ("(2 m)^2", 4.0),
        ("200 m - 1 m", 199.0),
        ("15 degC", 288.15),
        ("-1.8 degC", 271.35),
        ("50 ppb", 5e-8),
        ("10 %", 0.1),
        ("10 % * x", 0.1 * 3.0),
        ("5 min * 2", 600.0),
        ("3 min + min(1 s, 2 s)", 181.0),
        ("6 h / 2", 10_800.0),
        ("1 kg m-3 / 2 kg m-3", 0.5),
    ] {
        let found = value(text);
        assert!((found - truth).abs() <= 1e-15 * truth.abs(), "{text} = {found}, not {truth}");
    }
}

#[test]
fn units_that_fit() {
    let rate = Wanted::Dimension(Dimension::FREQUENCY);
    let truth = Wanted::Truth;
    for (text, wanted) in [
        ("0.1 /day * biomass * (T > 15)", rate),
        ("0.1 /day * biomass * (temperature > 15 degC)", rate),
        ("0.5 /day * 2^((temperature - 15 degC) / 10 K) * biomass", rate),
        ("-0.1 * biomass", rate),
        ("-1e-3 * (hour < 6)", velocity()),
        ("-1e-3 m s-1 * (hour < 6)", velocity()),
        ("where(hour < 6 or hour >= 18, -1, 1) * 2 cm/s", velocity()),
        ("sqrt(2 * 9.81 m s-2 * depth)", velocity()),
        ("1e-3 * sin(2 * pi * time / 1 day)", velocity()),
        ("0", velocity()),
        ("x", velocity()),
        ("x * depth", velocity()),
        ("stokes.U * exp(-depth / 10 m)", velocity()),
        ("depth / dt", velocity()),
        ("(depth^2 / dt^2)^0.5", velocity()),
        ("max(0, min(1 m s-1, stokes.U))", velocity()),
        ("0.01 m s-1 * normal()", velocity()),
        ("depth > 200", truth),
        ("depth > 200 m and age > 3 day", truth),
        ("uniform() < 0.1 /day * dt", truth),
        ("biomass", truth),
        ("sin(lat * pi / 180) > 0", truth),
        ("lat > 60 and abs(lon + 10) < 5", truth),
        ("depth > x", truth),
        ("x > 3 m", truth),
        ("min(temperature, 15 degC) > 0 degC", truth),
    ] {
        if let Err(e) = compile(text, &scope(), wanted) {
            panic!("{text}: {e:?}");
        }
    }
    let mut flat = Scope::flat();
    assert!(compile("lon > 1000 m", &flat, truth).is_ok());
    assert!(
        !flat.add("min", NameUnit::Unknown, Input::Field(0)) && !flat.add("hour", NameUnit::Unknown, Input::Field(0))
    );
}

#[test]
fn text_has_one_spelling_and_reads_back() {
    for (text, printed) in [
        ("1+2*3", "1 + 2 * 3"),
        ("((x))+( y*3 )", "x + y * 3"),
        ("(x+y)*3", "(x + y) * 3"),
        ("x-(y-3)", "x - (y - 3)"),
        ("(x - y) - 3", "x - y - 3"),
        ("(2^3)^x", "(2^3)^x"),
        ("2^(3^x)", "2^3^x"),
        ("-x^2", "-x^2"),
        ("(-x)^2", "(-x)^2"),
        ("2^-x", "2^-x"),
        ("x*-y", "x * -y"),
        ("not(x<3)and y>2", "not x < 3 and y > 2"),
        ("not (x and y)", "not (x and y)"),
        ("(x<3)==y", "(x < 3) == y"),
        ("(not x) < 3", "(not x) < 3"),
        ("1e-3  m   s-1*x", "0.001 m s-1 * x"),
        ("x / (10 /day)", "x / (10 /day)"),
        ("0.1/day*biomass", "0.1 /day * biomass"),
        ("(2 m)^2", "(2 m)^2"),
        ("temperature>-1.80 degC", "temperature > -1.8 degC"),
        ("clamp(x,0,1e6)", "clamp(x, 0, 1000000)"),
        ("uniform( )", "uniform()"),
        ("1e30 + pi", "1e30 + pi"),
        ("2 / (hour) + hour^2", "2 / (hour) + hour^2"),
    ] {
        let first = program(text);
        assert_eq!(first.text(), printed);
        let again = program(printed);
        assert_eq!(again, first);
        assert_eq!((again.text(), &again.instructions), (printed, &first.instructions));
    }
    assert_ne!(program("x + 1"), program("y + 1"));
}

#[test]
fn inputs_are_named_once_in_the_order_of_the_text() {
    let program = program("depth + y * depth + x + 2 m * hour");
    assert_eq!(program.inputs(), [Input::Depth, Input::Variable(3), Input::Variable(2), Input::Hour]);
    assert_eq!(super::program("2 * 3 + 1").constant(), Some(7.0));
    assert_eq!(super::program("x").constant(), None);
}

#[test]
fn exact_hour_of_day() {
    for (seconds, hour) in
        [(0.0, 0.0), (21_600.0, 6.0), (86_400.0, 0.0), (90_000.0, 1.0), (-3600.0, 23.0), (-1e-20, 0.0)]
    {
        assert_eq!(hour_of_day(seconds), hour, "{seconds} s");
    }
}

/// Every text in double quotes in the YAML of the page is right where it stands.
#[test]
fn the_documentation_compiles() {
    let page = include_str!("../../../docs/expressions.md");
    let dimension = |text| NameUnit::Known(crate::quantity::parse_unit(text).unwrap().dimension);
    let mut scope = Scope::spherical();
    assert!(scope.add("temperature", NameUnit::Unknown, Input::Variable(0)));
    assert!(scope.add("biomass", dimension("g"), Input::Variable(1)));
    assert!(scope.add("age", dimension("s"), Input::Variable(2)));
    let mut count = 0;
    for block in page.split("```yaml").skip(1).filter_map(|b| b.split("```").next()) {
        for line in block.lines().filter(|l| l.contains('"')) {
            let text = line.split('"').nth(1).unwrap();
            let wanted = match line {
                _ if line.contains("delete_when") => Wanted::Truth,
                _ if line.contains("rate:") => {
                    Wanted::Dimension(crate::quantity::parse_unit("g s-1").unwrap().dimension)
                }
                _ => velocity(),
            };
            if let Err(e) = compile(text, &scope, wanted) {
                panic!("{text}: {e:?}");
            }
            count += 1;
        }
    }
    assert!(count >= 3, "{count} expressions in the page");
}
