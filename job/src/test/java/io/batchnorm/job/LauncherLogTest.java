package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Properties;
import org.apache.logging.log4j.core.LoggerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherLogTest {
  private static final String FILE = "batchnorm.log";

  @TempDir Path folder;

  /** As it happens where a class of Flink loads after Log4j's own shutdown hook. */
  @Test
  void aLogThatIsOpenedAnewWhileTheProcessEndsKeepsItsLines() {
    Path log = folder.resolve("job.log");
    Properties properties = System.getProperties();
    properties.setProperty(FILE, log.toString());
    try {
      say("why the job failed");
      say("something late");
    } finally {
      properties.remove(FILE);
    }

    assertThat(log).content().contains("why the job failed", "something late");
  }

  private static void say(String line) {
    Path settings = Path.of("src/main/launcher/log4j2.properties");
    try (LoggerContext context = new LoggerContext("launcher", null, settings.toUri())) {
      context.start();
      context.getLogger("test").info(line);
    }
  }
}
