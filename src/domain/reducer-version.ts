/**
 * Version of the two folds, `evolve` and `evolveLiveness`. It goes up with every change after which the same events give another tree,
 * another liveness, or hold more of either. What was kept of a state by another version is rebuilt from the log, never converted.
 */
export const REDUCER_VERSION = 1;
