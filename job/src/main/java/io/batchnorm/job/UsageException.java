package io.batchnorm.job;

import java.util.List;

/** The command line asks for something impossible. Carries every fault; nothing was started. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final List<String> faults;

  UsageException(List<String> faults) {
    super(String.join("\n", faults), null, false, false);
    this.faults = List.copyOf(faults);
  }

  List<String> faults() {
    return faults;
  }
}
