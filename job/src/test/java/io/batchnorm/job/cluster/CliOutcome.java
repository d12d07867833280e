package io.batchnorm.job.cluster;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Flink's command line did: its exit status, and what it printed. */
public record CliOutcome(int status, String out, String err) {
  private static final Pattern JOB = Pattern.compile("Job has been submitted with JobID (\\w{32})");

  /** Everything that a user sees. */
  public String printed() {
    return out + err;
  }

  /** The job that was submitted. */
  public String jobId() {
    Matcher matcher = JOB.matcher(out);
    if (!matcher.find()) {
      throw new AssertionError("no job was submitted: " + printed());
    }
    return matcher.group(1);
  }

  CliOutcome succeeded() {
    if (status != 0) {
      throw new AssertionError("exit status %d: %s".formatted(status, printed()));
    }
    return this;
  }
}
