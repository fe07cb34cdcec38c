//! Names of options in messages: the field `n_pix` of C, Fortran, C++ and JSON is the flag `--n-pix`. A
//! switch that is on by default has a flag with `--no-`: `fisher` is `--no-fisher`.

/// Options whose flags have other names.
const OTHERS: [(&str, &str); 2] = [("limit_bytes", "limit"), ("use_inner_pow", "no-inner-pow")];

/// The flag for an option; the name itself if the subcommand has no such flag.
pub fn flag(subcommand: &clap::Command, name: &str) -> String {
    let kebab = name.replace('_', "-");
    let other = OTHERS.iter().find(|(option, _)| *option == name);
    let flags = match other {
        Some((_, flag)) => vec![(*flag).to_owned()],
        None => vec![kebab.clone(), format!("no-{kebab}")],
    };
    let has = |flag: &&String| {
        subcommand.get_arguments().any(|arg| arg.get_long() == Some(flag.as_str()))
    };
    flags.iter().find(has).map_or_else(|| name.to_owned(), |flag| format!("--{flag}"))
}

/// The subcommand that these arguments name.
pub fn subcommand(root: clap::Command, names: &[String]) -> clap::Command {
    names.iter().fold(root, |command, name| {
        let sub = command.find_subcommand(name).cloned();
        sub.unwrap_or(command)
    })
}

/// The names of the subcommands in what clap matched, from the outermost.
pub fn path(matches: &clap::ArgMatches) -> Vec<String> {
    let mut names = Vec::new();
    let mut matches = matches;
    while let Some((name, inner)) = matches.subcommand() {
        names.push(name.to_owned());
        matches = inner;
    }
    names
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn options_are_named_by_their_flags() {
        let root = crate::Command::command();
        let names = ["fit", "eclipse"].map(str::to_owned);
        let eclipse = subcommand(root.clone(), &names);
        for (option, written) in [
            ("pix_t", "--pix-t"),
            ("ranks_per_node", "--ranks-per-node"),
            ("limit_bytes", "--limit"),
            ("fisher", "--no-fisher"),
            ("n_modes", "n_modes"),
        ] {
            assert_eq!(flag(&eclipse, option), written);
        }
        let plan = subcommand(root, &["plan".to_owned()]);
        assert_eq!(flag(&plan, "peak_flops_tolerance"), "--peak-flops-tolerance");
        assert_eq!(flag(&plan, "prune_outer_products"), "--no-prune-outer-products");
        assert_eq!(flag(&plan, "use_inner_pow"), "--no-inner-pow");
    }
}
