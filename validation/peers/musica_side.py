"""MUSICA's side of the comparison: a mechanism solved for given cells, in states of a given number of cells."""
import time
from dataclasses import dataclass

import musica
import numpy as np
from musica.mechanism_configuration import parse
from musica.micm.solver_parameters import BackwardEulerSolverParameters, RosenbrockSolverParameters

VERSION = musica.__version__


@dataclass
class Cells:
    """Inputs of many cells in SI: arrays over cells."""

    temperature: np.ndarray
    pressure: np.ndarray
    concentrations: dict
    parameters: dict

    def __len__(self):
        return len(self.temperature)

    def part(self, first, count):
        """`count` cells from `first`."""
        chosen = slice(first, first + count)
        return Cells(self.temperature[chosen], self.pressure[chosen],
                     {n: v[chosen] for n, v in self.concentrations.items()},
                     {n: v[chosen] for n, v in self.parameters.items()})


@dataclass
class Setting:
    """How MUSICA solves: its solver, tolerances (None: as it comes) and how many cells share a state."""

    solver: str
    block: int
    rtol: float | None = None
    atol: float | None = None

    def __str__(self):
        tolerances = "as it comes" if self.rtol is None else f"rtol {self.rtol:g}, atol {self.atol:g}"
        return f"{self.solver}, {tolerances}, {self.block} cells a state"


@dataclass
class Outcome:
    """Processor seconds inside solve(), final concentrations by species, calls that did not converge."""

    seconds: float
    final: dict
    failed: int


def solve(mechanism, setting, cells, steps, step):
    """Takes `steps` steps of `step` s in every block; building and filling states is not timed."""
    parsed = parse(str(mechanism))
    keywords = {}
    if setting.rtol is not None:
        species = len(musica.MICM(mechanism=parsed).create_state(1).get_species_ordering())
        kind = BackwardEulerSolverParameters if setting.solver.startswith("backward") else RosenbrockSolverParameters
        limit = {} if setting.solver.startswith("backward") else {"max_number_of_steps": 100_000}
        keywords["solver_parameters"] = kind(relative_tolerance=setting.rtol, absolute_tolerances=[setting.atol] * species, **limit)
    solver = musica.MICM(mechanism=parsed, solver_type=getattr(musica.SolverType, setting.solver), **keywords)
    seconds, failed, final = 0.0, 0, {}
    for first in range(0, len(cells), setting.block):
        part = cells.part(first, setting.block)
        state = solver.create_state(len(part))
        fill(state, part)
        for _ in range(steps):
            began = time.process_time()
            result = solver.solve(state, step)
            seconds += time.process_time() - began
            failed += result.state.name != "Converged"
        for name, values in state.get_concentrations().items():
            final.setdefault(name, []).extend(values)
    return Outcome(seconds, {n: np.array(v) for n, v in final.items()}, failed)


def fill(state, cells):
    """All values of a state; what the cells do not give is 0."""
    zeros = np.zeros(len(cells))
    state.set_conditions(cells.temperature.tolist(), cells.pressure.tolist())
    state.set_concentrations({n: cells.concentrations.get(n, zeros).tolist() for n in state.get_species_ordering()})
    names = state.get_user_defined_rate_parameters_ordering()
    if names:
        state.set_user_defined_rate_parameters({n: cells.parameters.get(n, zeros).tolist() for n in names})
