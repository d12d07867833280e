/**
 * Commands as JSON objects, one each, as they come in a file or a topic.
 *
 * <p>At the edges: a command that cannot be carried out is a rejected record and changes nothing.
 */
package io.batchnorm.job.control;
