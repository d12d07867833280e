/** What many keys cost: throughput, checkpoints and restores on each state backend. */
package io.batchnorm.benchmarks.keys;
