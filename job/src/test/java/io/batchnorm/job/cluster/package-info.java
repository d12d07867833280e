/**
 * The job against real servers: a Kafka broker inside the JVM of the test, and a Flink cluster
 * whose processes can be killed.
 */
package io.batchnorm.job.cluster;
