package io.batchnorm.job.control;

import io.batchnorm.types.Directive;
import java.util.List;

/** What the {@code file} of a load command stands for. */
@FunctionalInterface
public interface StatisticsFiles {
  /**
   * Loads of the statistics of a key in the file, or of every key there for {@code *}.
   *
   * @throws MalformedCommandException if they cannot be had
   */
  List<Directive> loads(String file, String key) throws MalformedCommandException;
}
