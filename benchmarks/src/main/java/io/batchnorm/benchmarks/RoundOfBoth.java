package io.batchnorm.benchmarks;

/** What the two sides of a row gave in one round, as many samples each. */
public record RoundOfBoth(Round ours, Round other) {}
