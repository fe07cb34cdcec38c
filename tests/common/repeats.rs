//! Random terms with repeated factors: few labels, each with its own slots, tied at random.

use proptest::prelude::*;
use qube_budget::BatchPolicy;
use qube_budget::network::NetworkBuilder;

use super::networks::Term;

/// The slots of each label, by space.
const FACTORS: [(&str, &[&str]); 4] =
    [("A", &["i", "a"]), ("B", &["a", "a"]), ("C", &["i", "i", "a"]), ("D", &["p", "i"])];

/// Numbers that depend on a seed alone (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// From 0 to `sides` - 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

/// A term of that many tensors. Most slots are tied in pairs, some stay open, some ties have three
/// slots; p is composite over an index that may stand on tensors, too.
pub fn repeats(tensors: usize, seed: u64) -> Term {
    let dice = &mut Dice(seed);
    let mut builder = NetworkBuilder::new();
    let mut policy = BatchPolicy::new();
    let kinds = 1 + dice.roll(3);
    let first = dice.roll(4);
    let extents = [2 + dice.roll(9) as i64, 2 + dice.roll(19) as i64, 2 + dice.roll(4) as i64];
    let hyper = dice.roll(4) == 0;
    // By space, the labels of ties that still take a slot, and how many.
    let mut loose: Vec<(&str, String, usize)> = Vec::new();
    let mut made = Vec::new();
    for at in 0..tensors {
        let (label, spaces) = FACTORS[(first + dice.roll(kinds)) % 4];
        let mut slots = Vec::new();
        for space in spaces {
            let fitting: Vec<usize> =
                (0..loose.len()).filter(|&at| loose[at].0 == *space).collect();
            if !fitting.is_empty() && dice.roll(8) > 0 {
                let chosen = fitting[dice.roll(fitting.len())];
                slots.push(loose[chosen].1.clone());
                loose[chosen].2 -= 1;
                if loose[chosen].2 == 0 {
                    loose.remove(chosen);
                }
                continue;
            }
            let mut name = format!("{space}_{}", made.len());
            match *space {
                "i" => builder.index(&name, Some("i"), extents[0]).unwrap(),
                "a" => builder.index(&name, Some("a"), extents[1]).unwrap(),
                _ => {
                    let protos: Vec<String> =
                        made.iter().filter(|one: &&String| one.starts_with('i')).cloned().collect();
                    let proto = match protos.len() {
                        0 => {
                            let proto = format!("i_{}p", made.len());
                            builder.index(&proto, Some("i"), extents[0]).unwrap();
                            proto
                        }
                        some => protos[dice.roll(some)].clone(),
                    };
                    let mean = extents[2] as f64;
                    let means: Vec<f64> = (0..12).map(|k| mean + 0.25 * f64::from(k)).collect();
                    name = format!("{name}<{proto}>");
                    builder.composite(&name, Some("p"), extents[2], &[&proto], &means).unwrap()
                }
            };
            let ties = if hyper && dice.roll(4) == 0 { 2 } else { 1 };
            loose.push((space, name.clone(), ties));
            made.push(name.clone());
            slots.push(name);
        }
        let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
        builder.tensor(label, &slots).unwrap();
        if dice.roll(12) == 0 {
            policy.volatile_position(at);
        }
    }
    if dice.roll(4) == 0 {
        let kept: Vec<&str> =
            made.iter().filter(|_| dice.roll(3) == 0).map(String::as_str).collect();
        builder.targets(&kept).unwrap();
    }
    Term { network: builder.build().unwrap(), policy }
}

/// The same, for proptest.
#[allow(dead_code)]
pub fn repeated_term(tensors: std::ops::Range<usize>) -> impl Strategy<Value = Term> {
    (tensors, any::<u64>()).prop_map(|(tensors, seed)| repeats(tensors, seed))
}
