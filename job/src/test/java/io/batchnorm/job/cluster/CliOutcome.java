package io.batchnorm.job.cluster;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Flink's command line did: its exit status, and what it printed. */
public record CliOutcome(int status, String out, String err) {
  private static final Pattern JOB = Pattern.compile("Job has been submitted with JobID (\\w{32})");
  private static final Pattern SAVEPOINT =
      Pattern.compile("Savepoint completed\\. Path: (?:file:)?(\\S+)");

  /** Everything that a user sees. */
  public String printed() {
    return out + err;
  }

  /** The job that was submitted. */
  public String jobId() {
    return find(JOB);
  }

  /** The savepoint that was taken, as a path without a scheme. */
  public String savepoint() {
    return find(SAVEPOINT);
  }

  CliOutcome succeeded() {
    if (status != 0) {
      throw new AssertionError("exit status %d: %s".formatted(status, printed()));
    }
    return this;
  }

  private String find(Pattern pattern) {
    Matcher matcher = pattern.matcher(out);
    if (!matcher.find()) {
      throw new AssertionError("nothing like \"%s\" in: %s".formatted(pattern, printed()));
    }
    return matcher.group(1);
  }
}
