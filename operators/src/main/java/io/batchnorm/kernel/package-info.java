/**
 * Array loops and nothing else: per-channel moments, and scale-and-shift.
 *
 * <p>Arrays are row-major {@code (batch, channels, plane)}, where {@code plane} is the product of
 * the spatial sizes (1 for {@code (N, C)} input). Kernels check nothing: the package {@code core}
 * has checked shapes and lengths before it calls. Every implementation of {@link
 * io.batchnorm.kernel.Kernels} gives the same bits, because the order of summation belongs to the
 * contract and not to the CPU; see {@link io.batchnorm.kernel.Kernels} for that order.
 *
 * <p>Zero values per channel leave mean and M2 at 0. One value gives M2 = 0. Equal values give M2 =
 * 0 exactly. NaN gives NaN in its own channel only; an infinity gives a mean of that infinity (NaN
 * if both signs occur) and M2 = NaN, in its own channel only.
 */
package io.batchnorm.kernel;
