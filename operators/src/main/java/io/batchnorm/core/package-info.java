/**
 * What the numbers of batch normalization mean. No Flink, no I/O, no clock; every value is
 * immutable and every function pure, so all of it can be tested with plain numbers.
 *
 * <p>For input {@code (N, C, *)}, channel {@code c} has {@code n = N * prod(*)} values with {@code
 * mean = sum / n} and {@code M2 = sum (x - mean)^2}. Source of the rules: {@code
 * torch.nn.BatchNorm1d/2d/3d}, and Ioffe and Szegedy (2015).
 *
 * <table>
 *   <caption>Edges</caption>
 *   <tr><th>input</th><th>train</th><th>eval</th></tr>
 *   <tr><td>n = 0</td><td>rejected, {@code empty_batch}</td><td>rejected, {@code empty_batch}</td></tr>
 *   <tr><td>n = 1</td><td>rejected, {@code one_value_per_channel}</td><td>normalized</td></tr>
 *   <tr><td>variance 0</td><td>y = bias exactly; running variance shrinks</td><td>y = (x - mean) / sqrt(eps) * w + b</td></tr>
 *   <tr><td>NaN, Inf (reject)</td><td>rejected, {@code non_finite}</td><td>rejected, {@code non_finite}</td></tr>
 *   <tr><td>NaN, Inf (propagate)</td><td>the channel's y and running statistics become NaN, as in PyTorch</td><td>only its own element changes</td></tr>
 * </table>
 *
 * <p>A rejected batch changes nothing, not even {@code num_batches_tracked} (PyTorch counts it).
 * Sums run in double, so {@code (N, C)} input of many rows stays right where PyTorch's float32
 * accumulators do not: 200,000 rows of mean 1e4 and variance 1.0027 give a running variance of
 * 1.0027 here and of 137.9 there.
 */
package io.batchnorm.core;
