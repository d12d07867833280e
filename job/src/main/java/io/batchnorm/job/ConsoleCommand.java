package io.batchnorm.job;

import java.util.List;

/** A command of the command line. */
interface ConsoleCommand {
  /** Everything that is wrong with its arguments, beyond what the parser found. */
  List<String> faults();

  /**
   * Carries it out.
   *
   * @return the exit status, 0 if all is well
   * @throws UsageException if its arguments turn out to be impossible; nothing was started
   * @throws JobFailedException if the job started and failed
   */
  int run(Console console) throws UsageException, JobFailedException;
}
