/**
 * The runnable: a command line around the operators. {@code Main} and the commands parse and say
 * every fault at once; {@code RunJob} wires sources, operators and sinks; {@code JobRunner} runs
 * the job and reports.
 */
package io.batchnorm.job;
