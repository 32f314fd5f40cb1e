//! Where secrets come from: a directory with a file for each, or the environment.

use crate::manifest::Manifest;
use crate::problem::Problem;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of a secret.
const BYTES_MAX: usize = 64 * 1024;

/// Where secrets come from.
#[derive(Clone, Default)]
pub(crate) struct Secrets(pub(crate) Option<PathBuf>);

impl Secrets {
    /// Reads the secrets that a hook's properties refer to; says which there are not.
    pub(crate) fn fill(&self, manifest: &mut Manifest, problems: &mut Vec<Problem>) {
        for (property, secret) in &mut manifest.secrets {
            match self.read(&secret.name) {
                Ok(value) => secret.value = Some(value.into()),
                Err(reason) => {
                    let message = format!("the property {property:?}: the secret {:?} {reason}", secret.name);
                    let hint =
                        format!("it is a file of the secrets directory, or {}", variable(&secret.name));
                    problems.push(Problem::error(secret.place.clone(), message).hint(hint));
                }
            }
        }
    }

    fn read(&self, name: &str) -> Result<String, String> {
        if let Some(directory) = &self.0 {
            match read(&directory.join(name)) {
                Ok(value) => return Ok(value),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("cannot be read: {error}")),
            }
        }
        match std::env::var(variable(name)) {
            Ok(value) => Ok(value),
            Err(std::env::VarError::NotPresent) => Err("is not set".to_owned()),
            Err(std::env::VarError::NotUnicode(_)) => Err("is not UTF-8".to_owned()),
        }
    }
}

/// The text of a file, without the newline that editors end it with.
fn read(path: &Path) -> io::Result<String> {
    let other = |reason| io::Error::other(reason);
    if !path.metadata()?.is_file() {
        return Err(other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > BYTES_MAX {
        return Err(other("it is larger than 64 KiB"));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| other("it is not UTF-8"))?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

fn variable(name: &str) -> String {
    format!("TENTERHOOK_SECRET_{}", name.replace('-', "_").to_uppercase())
}
