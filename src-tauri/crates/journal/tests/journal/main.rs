//! The journal from outside: what it keeps if the process, the file or the disk fails.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod samples;
