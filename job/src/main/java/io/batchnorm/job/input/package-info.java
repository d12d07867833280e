/**
 * Where batches and samples come from: files of arrays, images and tables.
 *
 * <p>What crosses the network is the path of a file, not its content: a file is read in the task
 * that normalizes it. Paths are listed in order by one task, so the batches of a key keep their
 * order at any parallelism. A file or row that cannot be used is a rejected record.
 */
package io.batchnorm.job.input;
