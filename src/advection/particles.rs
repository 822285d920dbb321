//! The particles of one rank: where they are, since when, and how they fare.

use super::curvilinear::CellHint;

/// How a particle fares; the numbers are those in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum ParticleStatus {
    /// Not released yet.
    #[default]
    Waiting = 0,
    Moving = 1,
    /// Left the domain through a side.
    LeftDomain = 2,
    ThroughSurface = 3,
    ThroughBottom = 4,
    /// Beached.
    OnLand = 5,
    /// Its position was not a number any more.
    NotANumber = 6,
    /// A field was not known at its time.
    OutsideTimes = 7,
    /// Deleted by the deck's condition.
    Deleted = 8,
}

impl ParticleStatus {
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Moving,
        Self::LeftDomain,
        Self::ThroughSurface,
        Self::ThroughBottom,
        Self::OnLand,
        Self::NotANumber,
        Self::OutsideTimes,
        Self::Deleted,
    ];

    /// The name in CF's `flag_meanings`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Moving => "moving",
            Self::LeftDomain => "left_domain",
            Self::ThroughSurface => "through_surface",
            Self::ThroughBottom => "through_bottom",
            Self::OnLand => "on_land",
            Self::NotANumber => "not_a_number",
            Self::OutsideTimes => "outside_times",
            Self::Deleted => "deleted",
        }
    }

    /// The status with that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Something that a block holds of every particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Degrees, or x in m.
    Longitude,
    /// Degrees, or y in m.
    Latitude,
    /// m, positive down.
    Depth,
    /// s from the start of the run.
    ReleaseTime,
    /// A variable by its position in the list.
    Variable(usize),
}

/// Particles with consecutive global ids from `first_id`. What comes in and goes out is in the order of ids; inside, the
/// order is free, so that particles that are close together can be stored together.
#[derive(Debug, Clone, PartialEq)]
pub struct ParticleBlock {
    first_id: u64,
    /// Id of the particle in each place, from `first_id`.
    pub(super) ids: Vec<u32>,
    pub(super) status: Vec<ParticleStatus>,
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    pub(super) z: Vec<f64>,
    pub(super) release: Vec<f64>,
    pub(super) variables: Vec<Vec<f64>>,
    /// Where each particle's last search on a curvilinear grid ended; empty without one. No result depends on it.
    pub(super) hints: Vec<CellHint>,
}

impl ParticleBlock {
    /// `count` particles that wait at (0, 0) to be released at time 0, with the initial values of their variables.
    ///
    /// # Panics
    /// If there are more than 2^32 particles.
    #[must_use]
    pub fn new(first_id: u64, count: usize, initial: &[f64]) -> Self {
        assert!(u32::try_from(count).is_ok(), "at most 2^32 particles in a block");
        Self {
            first_id,
            ids: (0..count as u32).collect(),
            status: vec![ParticleStatus::Waiting; count],
            x: vec![0.0; count],
            y: vec![0.0; count],
            z: vec![0.0; count],
            release: vec![0.0; count],
            variables: initial.iter().map(|&value| vec![value; count]).collect(),
            hints: Vec::new(),
        }
    }

    /// Bytes that `count` particles with so many variables occupy at least: some grids keep more of each.
    #[must_use]
    pub fn bytes_of(count: u64, variables: usize) -> u64 {
        let place = Self::new(0, 1, &vec![0.0; variables]);
        let reals = size_of_val(&place.x[..]) * (4 + variables);
        count.saturating_mul((reals + size_of_val(&place.ids[..]) + size_of_val(&place.status[..])) as u64)
    }

    /// Global id of the first particle.
    #[must_use]
    pub fn first_id(&self) -> u64 {
        self.first_id
    }

    /// The id of the particle in each place, from the first one's.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Number of particles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Particles that are on their way.
    #[must_use]
    pub fn moving(&self) -> usize {
        self.status.iter().filter(|&&status| status == ParticleStatus::Moving).count()
    }

    /// Whether there are no particles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// A quantity of every particle as it is stored; `ids` tells whose each value is.
    #[must_use]
    pub fn column(&self, quantity: Quantity) -> &[f64] {
        match quantity {
            Quantity::Longitude => &self.x,
            Quantity::Latitude => &self.y,
            Quantity::Depth => &self.z,
            Quantity::ReleaseTime => &self.release,
            Quantity::Variable(i) => &self.variables[i],
        }
    }

    /// Set a quantity of every particle, in the order of ids.
    ///
    /// # Panics
    /// If there is not one value for each particle, or no such variable.
    pub fn set(&mut self, quantity: Quantity, values: &[f64]) {
        assert_eq!(values.len(), self.len(), "one value for each particle");
        let column = match quantity {
            Quantity::Longitude => &mut self.x,
            Quantity::Latitude => &mut self.y,
            Quantity::Depth => &mut self.z,
            Quantity::ReleaseTime => &mut self.release,
            Quantity::Variable(i) => &mut self.variables[i],
        };
        for (value, &id) in column.iter_mut().zip(&self.ids) {
            *value = values[id as usize];
        }
    }

    /// Copy a quantity of every particle to `out`, in the order of ids.
    ///
    /// # Panics
    /// If there is not one place for each particle, or no such variable.
    pub fn read(&self, quantity: Quantity, out: &mut [f64]) {
        assert_eq!(out.len(), self.len(), "one place for each particle");
        for (&value, &id) in self.column(quantity).iter().zip(&self.ids) {
            out[id as usize] = value;
        }
    }

    /// Copy the status of every particle to `out`, in the order of ids.
    ///
    /// # Panics
    /// If there is not one place for each particle.
    pub fn read_status(&self, out: &mut [ParticleStatus]) {
        assert_eq!(out.len(), self.len(), "one place for each particle");
        for (&status, &id) in self.status.iter().zip(&self.ids) {
            out[id as usize] = status;
        }
    }

    /// Set the status of every particle, as after a restart.
    ///
    /// # Panics
    /// If there is not one for each particle.
    pub fn set_status(&mut self, status: &[ParticleStatus]) {
        assert_eq!(status.len(), self.len(), "one status for each particle");
        for (own, &id) in self.status.iter_mut().zip(&self.ids) {
            *own = status[id as usize];
        }
    }

    /// Store particles in the order of `key(place, hint)` from now on.
    pub(super) fn arrange(&mut self, key: impl Fn([f64; 3], CellHint) -> u32) {
        let hint = |i: usize| self.hints.get(i).copied().unwrap_or_default();
        let keyed = |i: usize| u64::from(key([self.x[i], self.y[i], self.z[i]], hint(i))) << 32 | i as u64;
        let mut order: Vec<u64> = (0..self.len()).map(keyed).collect();
        order.sort_unstable();
        let floats = [&mut self.x, &mut self.y, &mut self.z, &mut self.release];
        for column in floats.into_iter().chain(&mut self.variables) {
            permute(column, &order);
        }
        permute(&mut self.ids, &order);
        permute(&mut self.status, &order);
        permute(&mut self.hints, &order);
    }

    /// Particles with a status.
    #[must_use]
    pub fn count(&self, status: ParticleStatus) -> usize {
        self.status.iter().filter(|&&own| own == status).count()
    }

    /// Memory that the block occupies, bytes: 37 a particle, 8 for each variable, 8 on curvilinear grids.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns = 4 + self.variables.len();
        size_of::<Self>()
            + self.len() * (columns * size_of::<f64>() + size_of::<u32>() + size_of::<ParticleStatus>())
            + size_of_val(self.hints.as_slice())
    }
}

/// Bring a column (unless it is empty) into an order whose lower halves are the old places.
fn permute<T: Copy>(column: &mut Vec<T>, order: &[u64]) {
    if column.len() == order.len() {
        *column = order.iter().map(|&from| column[from as u32 as usize]).collect();
    }
}
