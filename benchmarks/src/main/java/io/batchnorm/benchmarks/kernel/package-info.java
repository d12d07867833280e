/** Kernels against those of libtorch in the same JVM, one thread each, and against array copy. */
package io.batchnorm.benchmarks.kernel;
