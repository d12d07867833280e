package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.exchange.ExchangeException;
import io.batchnorm.exchange.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailureTextTest {
  @Test
  void turnsAnExceptionOfAFileIntoASentence() {
    assertThat(FailureText.of(new NoSuchFileException("/f"))).isEqualTo("there is no file /f");
    assertThat(FailureText.of(new AccessDeniedException("/f")))
        .isEqualTo("this user may not read or write /f");
    assertThat(FailureText.of(new FileAlreadyExistsException("/f")))
        .isEqualTo("/f is a file where a folder is wanted");
    assertThat(FailureText.of(new FileSystemLoopException("/f")))
        .isEqualTo("/f is a symbolic link to a folder around it");
    assertThat(FailureText.of(new FileSystemException("/f", null, "No space left on device")))
        .isEqualTo("/f: No space left on device");
    assertThat(FailureText.of(new MalformedInputException(1))).isEqualTo("it is no text in UTF-8");
    assertThat(FailureText.of(new IOException("Is a directory")))
        .isEqualTo("it cannot be read: Is a directory");
    assertThat(FailureText.of(new ExchangeException(Fault.MALFORMED_FILE, "/f", "it is empty")))
        .isEqualTo("/f: it is empty");
  }

  @Test
  void tellsTheDeepestCauseThatSaysSomething() {
    Exception failure =
        new Exception(
            "Job execution failed",
            new IOException("checkpoint 3 failed", new IOException("disk full", new Error())));

    assertThat(FailureText.ofFailure(failure)).isEqualTo("disk full (caused by Error)");
  }

  @Test
  void tellsAFileAndWhatIsWrongWithItNotABarePath() {
    Exception failure =
        new RuntimeException(new UncheckedIOException(new FileAlreadyExistsException("/out/a")));

    assertThat(FailureText.ofFailure(failure))
        .isEqualTo("/out/a is a file where a folder is wanted");
  }

  @Test
  void namesTheKindOfAProgrammersError() {
    assertThat(FailureText.ofFailure(new Exception("x", new IllegalStateException("broken\nat"))))
        .isEqualTo("IllegalStateException: broken");
    assertThat(FailureText.ofFailure(new ClassNotFoundException("org.Missing")))
        .isEqualTo("ClassNotFoundException: org.Missing");
    assertThat(FailureText.ofFailure(new NullPointerException()))
        .isEqualTo("NullPointerException: java.lang.NullPointerException");
  }

  @Test
  void saysWhatToDoWithTheSavepointOfAnotherGraph() {
    Exception failure =
        new IllegalStateException(
            "Failed to rollback to checkpoint/savepoint x. Cannot map checkpoint/savepoint state"
                + " for operator 1 to the new program, because the operator is not available");

    assertThat(FailureText.ofFailure(failure))
        .startsWith("the savepoint holds state of a part that this run does not have")
        .contains("statistics export and import");
  }
}
