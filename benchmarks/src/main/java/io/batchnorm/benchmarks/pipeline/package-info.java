/**
 * Jobs from source to sink in JVMs of their own: with batch norm, with an identity in its place,
 * and as one would write them first.
 */
package io.batchnorm.benchmarks.pipeline;
