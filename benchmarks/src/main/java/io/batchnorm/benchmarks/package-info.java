/**
 * Measures what this project costs, always against something else in the same run: a {@link
 * io.batchnorm.benchmarks.Row} is two {@link io.batchnorm.benchmarks.Measurement}s, taken in turns,
 * and what counts is their ratio. A suite is a list of rows, whatever measures them.
 *
 * <p>{@code benchmarks/run} is the command; it alone writes {@code benchmarks/results.json}.
 */
package io.batchnorm.benchmarks;
