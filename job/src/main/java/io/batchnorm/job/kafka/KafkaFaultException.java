package io.batchnorm.job.kafka;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;

/** Brokers that do not do what a run wants, in one sentence and without a secret. */
public final class KafkaFaultException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final String BOOTSTRAP = "bootstrap.servers";

  KafkaFaultException(String message) {
    super(message, null, false, false);
  }

  /** What {@code failure} of a client says to a user. */
  static KafkaFaultException of(Exception failure, KafkaConnection connection) {
    Throwable cause = failure instanceof ExecutionException ? failure.getCause() : failure;
    return new KafkaFaultException(sentence(cause, connection));
  }

  /** The same of a producer that was to begin with transactions, at brokers that had answered. */
  static KafkaFaultException ofTransactions(KafkaException failure, KafkaConnection connection) {
    return failure instanceof TimeoutException
        ? new KafkaFaultException(
            ("the brokers at %s did not begin with transactions in time; they keep them in as many"
                    + " copies as their transaction.state.log.replication.factor says, and"
                    + " --delivery at-least-once needs none")
                .formatted(connection.bootstrap()))
        : of(failure, connection);
  }

  private static String sentence(Throwable cause, KafkaConnection connection) {
    if (cause instanceof AuthenticationException) {
      return "the broker at %s refused the login of --kafka-properties: %s"
          .formatted(connection.bootstrap(), cause.getMessage());
    }
    if (cause instanceof AuthorizationException) {
      return "the broker at %s does not allow it: %s"
          .formatted(connection.bootstrap(), cause.getMessage());
    }
    if (cause instanceof TimeoutException) {
      return ("no broker answered at %s in time; check --kafka-bootstrap, and whether it wants"
              + " another security.protocol in --kafka-properties")
          .formatted(connection.bootstrap());
    }
    if (cause instanceof InvalidTopicException) {
      return cause.getMessage();
    }
    return ofSettings(cause, connection);
  }

  /** Parsers of logins quote what they do not understand, which may be a password. */
  private static String ofSettings(Throwable cause, KafkaConnection connection) {
    Throwable deepest = cause;
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (String.valueOf(t.getMessage()).contains("JAAS")
          || t instanceof SecurityException
          || t instanceof IllegalArgumentException) {
        return "sasl.jaas.config in --kafka-properties cannot be understood, wanted such as"
            + " org.apache.kafka.common.security.plain.PlainLoginModule required"
            + " username=\"…\" password=\"…\";";
      }
      deepest = t;
      if (t instanceof ConfigException) {
        break;
      }
    }
    String message = String.valueOf(deepest.getMessage());
    if (deepest instanceof ConfigException && message.contains(BOOTSTRAP)) {
      return ("\"%s\" is no HOST:PORT of a broker, or its host has no address; correct"
              + " --kafka-bootstrap")
          .formatted(connection.bootstrap());
    }
    if (deepest instanceof ClassNotFoundException) {
      return "there is no class %s, which --kafka-properties name; correct them, or add its jar"
          .formatted(message);
    }
    return "--kafka-properties do not work: %s; correct them".formatted(withoutStop(deepest));
  }

  private static String withoutStop(Throwable failure) {
    String message = String.valueOf(failure.getMessage()).replaceFirst("\\.$", "");
    return failure instanceof KafkaException
        ? message
        : "%s: %s".formatted(failure.getClass().getSimpleName(), message);
  }
}
