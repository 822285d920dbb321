"""Mass-action kinetics of a MechanismConfiguration (version 1) file in NumPy: an assembly of its own, for references.

Shares no code with chemdrift or with any program that it is compared with. Units: mol m-3, K, Pa, s. The formulas are
those of the MechanismConfiguration documentation; JPL 19-5 for the ternary reactions.
"""
import json
from pathlib import Path

import numpy as np
import yaml
from scipy.integrate import solve_ivp

BOLTZMANN = 1.380649e-23  # J K-1
AVOGADRO = 6.02214076e23  # mol-1
GAS_CONSTANT = BOLTZMANN * AVOGADRO  # J mol-1 K-1
PARAMETER_PREFIX = {"PHOTOLYSIS": "PHOTO.", "EMISSION": "EMIS.", "FIRST_ORDER_LOSS": "LOSS.", "USER_DEFINED": "USER."}


def components(entries):
    """[(name, coefficient)] from the several spellings that the format allows."""
    if isinstance(entries, (str, dict)):
        entries = [entries]
    for entry in entries or []:
        if isinstance(entry, str):
            yield entry, 1.0
        else:
            yield entry.get("species name") or entry.get("name"), entry.get("coefficient", 1.0)


def arrhenius(of, temperature, prefix="", default_a=1.0):
    """A exp(C/T) (T/D)^B with the keys of a reaction, `k0_A` for the prefix `k0_`."""
    a, b, c, d = (of.get(prefix + key, value) for key, value in zip("ABCD", (default_a, 0.0, 0.0, 300.0)))
    if prefix == "" and "Ea" in of:
        c = -of["Ea"] / BOLTZMANN
    return a * np.exp(c / temperature) * (temperature / d) ** b


def broadening(of, x):
    """Fc^(N / (N + log10(x)^2))."""
    n = of.get("N", 1.0)
    return of.get("Fc", 0.6) ** (n / (n + np.log10(x) ** 2))


def nitrate_share(n, temperature, air):
    """A(T, M) of the RO2 + NO branching."""
    a = 2e-22 * AVOGADRO * 1e-6 * np.exp(n) * air
    b = 0.43 * (temperature / 298.0) ** -8
    return a / (1 + a / b) * 0.41 ** (1 / (1 + np.log10(a / b) ** 2))


class Mechanism:
    """Species, stoichiometry and rate constants of one file."""

    def __init__(self, source):
        if not isinstance(source, dict):
            text = Path(source).read_text()
            source = json.loads(text) if str(source).endswith(".json") else yaml.safe_load(text)
        listed = {s["name"]: s for s in source["species"]}
        gas = next(p for p in source["phases"] if p["name"] == "gas")["species"]
        gas = [{"name": s} if isinstance(s, str) else s for s in gas]
        self.weight = {n: s.get("molecular weight [kg mol-1]") for n, s in listed.items()}
        self.diffusion = {s["name"]: s.get("diffusion coefficient [m2 s-1]") for s in gas}
        self.prescribed = {n: p for n, p in ((n, self._prescription(s)) for n, s in listed.items()) if p}
        self.species = [s["name"] for s in gas if s["name"] not in self.prescribed]
        self.index = {n: i for i, n in enumerate(self.species)}
        self.reactions = [r for entry in source["reactions"] for r in self._branches(entry)]
        self._assemble()

    @staticmethod
    def _prescription(species):
        """(constant factor, whether it goes with the air density) of a prescribed species."""
        if species.get("is third body") or species.get("tracer type") == "THIRD_BODY":
            return 1.0, True
        if "constant mixing ratio [mol mol-1]" in species:
            return species["constant mixing ratio [mol mol-1]"], True
        if "constant concentration [mol m-3]" in species:
            return species["constant concentration [mol m-3]"], False
        return None

    @staticmethod
    def _branches(entry):
        """(entry, branch, reactants, products): one reaction, or two for the branched type."""
        if entry["type"].startswith("BRANCHED"):
            for branch in ("alkoxy", "nitrate"):
                yield entry, branch, list(components(entry["reactants"])), list(components(entry[branch + " products"]))
        elif entry["type"] == "SURFACE":
            products = list(components(entry.get("gas-phase products")))
            yield entry, None, list(components(entry["gas-phase species"])), products
        else:
            yield entry, None, list(components(entry.get("reactants"))), list(components(entry.get("products")))

    def _assemble(self):
        count, width = len(self.species), 4
        self.stoichiometry = np.zeros((count, len(self.reactions)))
        # Reactant positions, padded with the index of a constant 1 behind the state.
        self.reactants = np.full((len(self.reactions), width), count)
        self.factors = []
        for j, (_, _, reactants, products) in enumerate(self.reactions):
            order, factors = 0, []
            for name, coefficient in reactants:
                for _ in range(int(np.ceil(coefficient))):
                    if name in self.prescribed:
                        factors.append(self.prescribed[name])
                    else:
                        self.reactants[j, order] = self.index[name]
                        self.stoichiometry[self.index[name], j] -= 1.0
                        order += 1
            self.factors.append(factors)
            for name, coefficient in products:
                if name not in self.prescribed:
                    self.stoichiometry[self.index[name], j] += coefficient

    def rate_constants(self, temperature, pressure, parameters):
        """k of each reaction, prescribed reactants multiplied in; parameters absent from the dictionary are 0."""
        air = pressure / (GAS_CONSTANT * temperature)
        k = np.empty(len(self.reactions))
        for j, (reaction, branch, reactants, _) in enumerate(self.reactions):
            k[j] = self._rate_constant(reaction, branch, reactants, temperature, pressure, air, parameters)
            for factor, with_air in self.factors[j]:
                k[j] *= factor * (air if with_air else 1.0)
        return k

    def _rate_constant(self, of, branch, reactants, temperature, pressure, air, parameters):
        kind = of["type"]
        if kind in PARAMETER_PREFIX:
            return of.get("scaling factor", 1.0) * parameters.get(PARAMETER_PREFIX[kind] + of["name"], 0.0)
        if kind == "ARRHENIUS":
            return arrhenius(of, temperature) * (1 + of.get("E", 0.0) * pressure)
        if kind == "TAYLOR_SERIES":
            series = np.polynomial.polynomial.polyval(temperature, of.get("taylor coefficients", [1.0]))
            return series * arrhenius(of, temperature) * (1 + of.get("E", 0.0) * pressure)
        if kind == "TUNNELING":
            return of.get("A", 1.0) * np.exp(-of.get("B", 0.0) / temperature + of.get("C", 0.0) / temperature**3)
        if kind.startswith("BRANCHED"):
            share = nitrate_share(of["n"], temperature, air)
            z = nitrate_share(of["n"], 293.0, 2.45e19 / AVOGADRO * 1e6) * (1 - of["a0"]) / of["a0"]
            return of["X"] * np.exp(-of["Y"] / temperature) * (z if branch == "alkoxy" else share) / (z + share)
        if kind == "SURFACE":
            return self._uptake(of, reactants[0][0], temperature, parameters)
        low, high = arrhenius(of, temperature, "k0_"), arrhenius(of, temperature, "kinf_")
        x = low * air / high
        chemical = low / (1 + x) * broadening(of, x)
        if kind == "TERNARY_CHEMICAL_ACTIVATION":
            return chemical
        if kind == "TROE":
            return chemical * air
        if kind == "TERNARY_CHEMICAL_ACTIVATION_JPL19":
            intrinsic = arrhenius(of, temperature, "kint_", default_a=0.0)
            return chemical * air + intrinsic * (1 - chemical * air / high)
        raise ValueError(f"unknown reaction type {kind}")

    def _uptake(self, of, species, temperature, parameters):
        prefix = f"SURF.{of['name']}."
        radius = parameters.get(prefix + "effective radius [m]", 0.0)
        number = parameters.get(prefix + "particle number concentration [# m-3]", 0.0)
        probability = of.get("reaction probability", 1.0)
        if radius == 0 or probability == 0:
            return 0.0
        speed = np.sqrt(8 * GAS_CONSTANT * temperature / (np.pi * self.weight[species]))
        resistance = radius / self.diffusion[species] + 4 / (speed * probability)
        return 4 * np.pi * radius**2 * number / resistance

    def functions(self, k):
        """dy/dt and its Jacobian for given rate constants."""
        rows, width = self.reactants.shape
        extended = np.ones(len(self.species) + 1)

        def terms(y):
            extended[:-1] = y
            return extended[self.reactants]

        def derivative(_, y):
            return self.stoichiometry @ (k * terms(y).prod(axis=1))

        def jacobian(_, y):
            values, slope = terms(y), np.zeros((rows, extended.size))
            for q in range(width):
                others = np.delete(values, q, axis=1).prod(axis=1)
                np.add.at(slope, (np.arange(rows), self.reactants[:, q]), k * others)
            return self.stoichiometry @ slope[:, :-1]

        return derivative, jacobian


def integrate(mechanism, temperature, pressure, parameters, initial, times, rtol=1e-9, atol=1e-22):
    """States at the given times (s, ascending), one row each; Radau IIA of SciPy with an analytical Jacobian."""
    derivative, jacobian = mechanism.functions(mechanism.rate_constants(temperature, pressure, parameters))
    solution = solve_ivp(derivative, (0.0, times[-1]), initial, method="Radau", jac=jacobian, rtol=rtol, atol=atol,
                         t_eval=times)
    if not solution.success:
        raise RuntimeError(solution.message)
    return solution.y.T


def read_initial(path):
    """{name: value} of a file of initial conditions; the two values of a SURF row get the names of the parameters."""
    values = {}
    for line in Path(path).read_text().splitlines():
        name, *numbers = [part.strip() for part in line.split(",")]
        if name.startswith("SURF."):
            values[name + ".effective radius [m]"] = float(numbers[0])
            values[name + ".particle number concentration [# m-3]"] = float(numbers[1])
        elif name:
            values[name] = float(numbers[0])
    return values
