//! Nothing: the simulation is the test of this package.
