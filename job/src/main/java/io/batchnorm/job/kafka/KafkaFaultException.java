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

  KafkaFaultException(String message) {
    super(message, null, false, false);
  }

  /** What {@code failure} of a client says to a user. */
  static KafkaFaultException of(Exception failure, KafkaConnection connection) {
    Throwable cause = failure instanceof ExecutionException ? failure.getCause() : failure;
    return new KafkaFaultException(sentence(cause, connection));
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
    return "the client settings do not work: " + ofSettings(cause);
  }

  /** Parsers of logins quote what they do not understand, which may be a password. */
  private static String ofSettings(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (String.valueOf(t.getMessage()).contains("JAAS")
          || t instanceof SecurityException
          || t instanceof IllegalArgumentException) {
        return "sasl.jaas.config in --kafka-properties cannot be understood, wanted such as"
            + " org.apache.kafka.common.security.plain.PlainLoginModule required"
            + " username=\"…\" password=\"…\";";
      }
    }
    Throwable deepest = cause;
    while (deepest.getCause() != null && !(deepest instanceof ConfigException)) {
      deepest = deepest.getCause();
    }
    return deepest instanceof KafkaException || deepest.getMessage() == null
        ? String.valueOf(deepest.getMessage())
        : "%s: %s".formatted(deepest.getClass().getSimpleName(), deepest.getMessage());
  }
}
