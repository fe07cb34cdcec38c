//! Lists on the command line, all of one form: `a=8,b=4`, and the flag may be repeated.

/// `SPACE=NUMBER`. The space may be any character, `=` itself too.
pub fn number(text: &str) -> Result<(String, i64), String> {
    let (space, number) = pair(text)?;
    let number =
        number.parse().map_err(|_| format!("'{number}' is not a whole number; give one"))?;
    Ok((space.into(), number))
}

/// The power means of some spaces: `a=200,210,b=30`.
#[derive(Debug, Clone, PartialEq)]
pub struct Means(pub Vec<(String, Vec<f64>)>);

/// `SPACE=MEAN,MEAN,...`, where a list of another space may follow.
pub fn power_means(text: &str) -> Result<Means, String> {
    let mut lists: Vec<(String, Vec<f64>)> = Vec::new();
    for item in text.split(',') {
        let mean = match (pair(item), lists.last()) {
            (Ok((space, mean)), _) => {
                lists.push((space.into(), Vec::new()));
                mean
            }
            (Err(_), Some(_)) => item,
            (Err(reason), None) => return Err(reason),
        };
        let mean = mean.parse().map_err(|_| format!("'{mean}' is not a number; give one"))?;
        if let Some((_, means)) = lists.last_mut() {
            means.push(mean);
        }
    }
    Ok(Means(lists))
}

fn pair(text: &str) -> Result<(&str, &str), String> {
    let pair = text.rsplit_once('=').filter(|(space, _)| !space.is_empty());
    pair.ok_or_else(|| format!("'{text}' is not of the form SPACE=NUMBER; write a=8,b=4"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_any_character() {
        assert_eq!(number("a=8"), Ok(("a".into(), 8)));
        assert_eq!(number("×=2"), Ok(("×".into(), 2)));
        assert_eq!(number("==2"), Ok(("=".into(), 2)));
        assert_eq!(number("a=-8"), Ok(("a".into(), -8)));
        for text in ["", "a", "=8", "a=", "a=x", "a=1.5", "8"] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn power_means_of_several_spaces() {
        let list = |means: &[(&str, &[f64])]| {
            Means(means.iter().map(|(space, means)| ((*space).into(), means.to_vec())).collect())
        };
        assert_eq!(power_means("a=200,210"), Ok(list(&[("a", &[200.0, 210.0])])));
        let two = list(&[("a", &[200.0, 210.5]), ("b", &[3.0])]);
        assert_eq!(power_means("a=200,210.5,b=3"), Ok(two));
        for text in ["", "200", "a=", "a=1,,2", "a=x", "200,a=3"] {
            assert!(power_means(text).is_err(), "{text}");
        }
    }
}
