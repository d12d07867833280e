/**
 * Kernels against those of libtorch, which is in a JVM, too, one thread each, and against array
 * copy.
 */
package io.batchnorm.benchmarks.kernel;
