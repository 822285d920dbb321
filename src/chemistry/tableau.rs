//! Rosenbrock methods as tables of numbers.
//!
//! In the form of KPP (Sandu et al., 1997, Atmos. Environ. 31, 3459), which needs no product with the Jacobian:
//!
//! ```text
//! (1/(h gamma) I - J) K_i = f(y + sum_j a_ij K_j) + sum_j (c_ij / h) K_j
//! y_new = y + sum_i m_i K_i      error = sum_i e_i K_i
//! ```
//!
//! Adding a method is adding one table here; every test of methods runs on all of `Method::ALL`.

/// A Rosenbrock method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Ros2,
    Ros3,
    Ros4,
    Rodas3,
    Rodas4,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Ros2, Self::Ros3, Self::Ros4, Self::Rodas3, Self::Rodas4];

    /// The word for it in decks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ros2 => "ros2",
            Self::Ros3 => "ros3",
            Self::Ros4 => "ros4",
            Self::Rodas3 => "rodas3",
            Self::Rodas4 => "rodas4",
        }
    }

    /// The method that a deck names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Its coefficients.
    #[must_use]
    pub fn tableau(self) -> &'static Tableau {
        match self {
            Self::Ros2 => &Tableau::ROS2,
            Self::Ros3 => &Tableau::ROS3,
            Self::Ros4 => &Tableau::ROS4,
            Self::Rodas3 => &Tableau::RODAS3,
            Self::Rodas4 => &Tableau::RODAS4,
        }
    }
}

/// The coefficients of a Rosenbrock method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tableau {
    /// Order of convergence.
    pub order: u32,
    /// Order of the error estimate, whose inverse is the controller's exponent.
    pub estimator_order: u32,
    pub gamma: f64,
    /// Row i holds `a_ij` for j < i.
    pub a: &'static [&'static [f64]],
    /// Row i holds `c_ij` for j < i.
    pub c: &'static [&'static [f64]],
    /// Whether a stage evaluates f, or takes the stage before's.
    pub evaluates: &'static [bool],
    pub m: &'static [f64],
    pub e: &'static [f64],
}

/// 1 + 1/sqrt(2)
const ROS2_GAMMA: f64 = 1.0 + std::f64::consts::FRAC_1_SQRT_2;

impl Tableau {
    /// No method has more stages.
    pub const STAGES_MAX: usize = 6;

    /// Number of stages.
    #[must_use]
    pub fn stages(&self) -> usize {
        self.m.len()
    }

    /// Evaluations of f in a step.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluates.iter().map(|&evaluates| u64::from(evaluates)).sum()
    }

    /// 2 stages, order 2, L-stable. Verwer, Spee, Blom & Hundsdorfer (1999), SIAM J. Sci. Comput. 20, 1456.
    pub const ROS2: Self = Self {
        order: 2,
        estimator_order: 2,
        gamma: ROS2_GAMMA,
        a: &[&[], &[1.0 / ROS2_GAMMA]],
        c: &[&[], &[-2.0 / ROS2_GAMMA]],
        evaluates: &[true, true],
        m: &[1.5 / ROS2_GAMMA, 0.5 / ROS2_GAMMA],
        e: &[0.5 / ROS2_GAMMA, 0.5 / ROS2_GAMMA],
    };

    /// 3 stages, order 3(2), L-stable, two evaluations of f. Sandu et al. (1997), Atmos. Environ. 31, 3459.
    pub const ROS3: Self = Self {
        order: 3,
        estimator_order: 3,
        gamma: 0.435_866_521_508_459,
        a: &[&[], &[1.0], &[1.0, 0.0]],
        c: &[&[], &[-1.015_617_108_387_770_3], &[4.075_995_645_253_77, 9.207_679_429_833_08]],
        evaluates: &[true, true, false],
        m: &[1.0, 6.169_794_704_382_824_5, -0.427_722_565_432_185_73],
        e: &[0.5, -2.907_955_871_680_547, 0.223_540_698_978_115_7],
    };

    /// 4 stages, order 4(3), L-stable. Hairer & Wanner (1996), Solving ODEs II, section IV.7, table 7.2.
    pub const ROS4: Self = Self {
        order: 4,
        estimator_order: 4,
        gamma: 0.572_82,
        a: &[
            &[],
            &[2.0],
            &[1.867_943_637_803_922, 0.234_444_971_139_915_6],
            &[1.867_943_637_803_922, 0.234_444_971_139_915_6, 0.0],
        ],
        c: &[
            &[],
            &[-7.137_615_036_412_31],
            &[2.580_708_087_951_457, 0.651_595_007_644_797_5],
            &[-2.137_148_994_382_534, -0.321_466_969_123_762_6, -0.694_974_250_178_177_9],
        ],
        evaluates: &[true, true, true, false],
        m: &[2.255_570_073_418_735, 0.287_049_326_218_679_2, 0.435_317_943_184_018, 1.093_502_252_409_163],
        e: &[-0.281_543_193_214_115_5, -0.072_761_991_249_389_2, -0.108_219_620_149_531_1, -1.093_502_252_409_163],
    };

    /// 4 stages, order 3(2), stiffly accurate. Sandu et al. (1997), Atmos. Environ. 31, 3459.
    pub const RODAS3: Self = Self {
        order: 3,
        estimator_order: 3,
        gamma: 0.5,
        a: &[&[], &[0.0], &[2.0, 0.0], &[2.0, 0.0, 1.0]],
        c: &[&[], &[4.0], &[1.0, -1.0], &[1.0, -1.0, -8.0 / 3.0]],
        evaluates: &[true, false, true, true],
        m: &[2.0, 0.0, 1.0, 1.0],
        e: &[0.0, 0.0, 0.0, 1.0],
    };

    /// 6 stages, order 4(3), stiffly accurate: RODAS. Hairer & Wanner (1996), Solving ODEs II, section VI.4.
    pub const RODAS4: Self = Self {
        order: 4,
        estimator_order: 4,
        gamma: 0.25,
        a: &[
            &[],
            &[1.544],
            &[0.946_678_528_081_582_6, 0.255_701_169_898_328_4],
            &[3.314_825_187_068_521, 2.896_124_015_972_201, 0.998_641_913_997_781_7],
            &[1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895],
            &[1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895, 1.0],
        ],
        c: &[
            &[],
            &[-5.6688],
            &[-2.430_093_356_833_875, -0.206_359_915_709_191_5],
            &[-0.107_352_905_815_137_5, -9.594_562_251_023_355, -20.470_286_148_096_16],
            &[7.496_443_313_967_647, -10.246_804_314_643_52, -33.999_903_528_199_05, 11.708_908_932_061_6],
            &[
                8.083_246_795_921_522,
                -7.981_132_988_064_893,
                -31.521_594_328_743_71,
                16.319_305_431_231_36,
                -6.058_818_238_834_054,
            ],
        ],
        evaluates: &[true, true, true, true, true, true],
        m: &[1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895, 1.0, 1.0],
        e: &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    };
}
