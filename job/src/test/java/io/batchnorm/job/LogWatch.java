package io.batchnorm.job;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/** Sees everything that anything in this JVM logs, at every level, and keeps what has a secret. */
final class LogWatch implements AutoCloseable {
  private final LoggerContext context = LoggerContext.getContext(false);
  private final LoggerConfig root = context.getConfiguration().getRootLogger();
  private final Map<LoggerConfig, Level> levels = new LinkedHashMap<>();
  private final Map<String, Appender> appenders = Map.copyOf(root.getAppenders());
  private final Queue<String> leaks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger debug = new AtomicInteger();
  private final List<String> secrets;

  private LogWatch(List<String> secrets) {
    this.secrets = secrets;
  }

  static LogWatch of(List<String> secrets) {
    LogWatch watch = new LogWatch(secrets);
    watch.start();
    return watch;
  }

  private void start() {
    // The file goes on with what it had.
    appenders.forEach((name, appender) -> limit(appender, Level.INFO));
    Appender all = new All();
    all.start();
    root.addAppender(all, Level.ALL, null);
    for (LoggerConfig logger : context.getConfiguration().getLoggers().values()) {
      levels.put(logger, logger.getLevel());
      logger.setLevel(Level.ALL);
    }
    context.updateLoggers();
    LogManager.getLogger(LogWatch.class).trace("this is {}", secrets.get(0));
    if (leaks.size() != 1) {
      throw new IllegalStateException("it does not see a secret");
    }
    leaks.clear();
  }

  private void limit(Appender appender, Level level) {
    root.removeAppender(appender.getName());
    root.addAppender(appender, level, null);
  }

  /** Events that had a secret, with their causes. */
  List<String> leaks() {
    return List.copyOf(leaks);
  }

  /** How many events came that an ordinary log leaves out. */
  int debugEvents() {
    return debug.get();
  }

  @Override
  public void close() {
    root.removeAppender(All.NAME);
    appenders.forEach((name, appender) -> limit(appender, null));
    levels.forEach(LoggerConfig::setLevel);
    context.updateLoggers();
  }

  private final class All extends AbstractAppender {
    private static final String NAME = "LogWatch";

    All() {
      super(NAME, null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      if (event.getLevel().isLessSpecificThan(Level.DEBUG)) {
        debug.incrementAndGet();
      }
      String text = text(event);
      if (secrets.stream().anyMatch(text::contains)) {
        leaks.add(text);
      }
    }

    private static String text(LogEvent event) {
      StringWriter text = new StringWriter();
      text.append(event.getLevel() + " " + event.getLoggerName());
      text.append(": " + event.getMessage().getFormattedMessage());
      if (event.getThrown() != null) {
        event.getThrown().printStackTrace(new PrintWriter(text, true));
      }
      return text.toString();
    }
  }
}
