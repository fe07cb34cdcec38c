//! Networks of the families that contraction orders are compared on, with random extents.

use qube_budget::network::{Network, NetworkBuilder};

/// A family, by the bonds that it has between so many tensors.
pub struct Family {
    pub name: &'static str,
    pub bonds: fn(usize) -> Vec<Vec<usize>>,
}

pub const FAMILIES: [Family; 8] = [
    Family { name: "chain", bonds: |n| (1..n).map(|t| vec![t - 1, t]).collect() },
    Family { name: "cycle", bonds: |n| (0..n).map(|t| vec![t, (t + 1) % n]).collect() },
    Family { name: "star", bonds: |n| (1..n).map(|t| vec![0, t]).collect() },
    Family { name: "grid of two rows", bonds: grid },
    Family { name: "Möbius ladder, 3-regular", bonds: ladder },
    Family {
        name: "clique",
        bonds: |n| (0..n).flat_map(|a| (a + 1..n).map(move |b| vec![a, b])).collect(),
    },
    Family {
        name: "chain of hyperindices",
        bonds: |n| (2..n).map(|t| vec![t - 2, t - 1, t]).collect(),
    },
    Family { name: "two parts", bonds: |n| (2..n).map(|t| vec![t - 2, t]).collect() },
];

fn grid(n: usize) -> Vec<Vec<usize>> {
    let along = (2..n).map(|t| vec![t - 2, t]);
    along.chain((1..n).step_by(2).map(|t| vec![t - 1, t])).collect()
}

fn ladder(n: usize) -> Vec<Vec<usize>> {
    let rim = (0..n).map(|t| vec![t, (t + 1) % n]);
    rim.chain((0..n / 2).map(|t| vec![t, t + n / 2])).collect()
}

/// The network of a family: extents from 1 to `most`, so that there are ties where it is small; two of
/// the tensors carry an open index more.
pub fn network(family: &Family, tensors: usize, most: u64, seed: u64) -> Network {
    let mut state = seed;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut builder = NetworkBuilder::new();
    let mut carried: Vec<Vec<String>> = vec![Vec::new(); tensors];
    let mut index = |carriers: &[usize], random: &mut dyn FnMut(u64) -> u64| {
        let label = format!("x_{}", carried.iter().flatten().count());
        builder.index(&label, None, 1 + random(most) as i64).unwrap();
        carriers.iter().for_each(|&tensor| carried[tensor].push(label.clone()));
    };
    for carriers in (family.bonds)(tensors) {
        index(&carriers, &mut random);
    }
    for tensor in [0, tensors / 2] {
        index(&[tensor], &mut random);
    }
    for (tensor, labels) in carried.iter().enumerate() {
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        builder.tensor(&format!("t{tensor}"), &labels).unwrap();
    }
    builder.build().unwrap()
}
