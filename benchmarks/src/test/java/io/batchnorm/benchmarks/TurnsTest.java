package io.batchnorm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TurnsTest {
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  @Test
  void twoTakeTheirTurnsOneAfterTheOther() {
    try (Turns turns = new Turns(2)) {
      CompletableFuture<Void> a = CompletableFuture.runAsync(() -> sample("a", turns, 20));
      CompletableFuture<Void> b = CompletableFuture.runAsync(() -> sample("b", turns, 20));
      CompletableFuture.allOf(a, b).join();
    }

    assertThat(log).hasSize(80);
    for (int i = 0; i < log.size(); i += 2) {
      assertThat(log.get(i + 1)).isEqualTo(log.get(i) + " ends");
      assertThat(i == 0 ? "" : log.get(i - 2)).isNotEqualTo(log.get(i));
    }
  }

  private void sample(String name, Turns turns, int times) {
    try (Turn turn = Turn.at(turns.port())) {
      for (int i = 0; i < times; i++) {
        turn.begin();
        log.add(name);
        Thread.yield();
        log.add(name + " ends");
        turn.end();
      }
    }
  }

  @Test
  void nobodyIsFirstBeforeAllHaveAsked() {
    try (Turns turns = new Turns(2)) {
      CompletableFuture<Void> early = CompletableFuture.runAsync(() -> sample("a", turns, 1));

      assertThat(early)
          .as("alone")
          .failsWithin(100, TimeUnit.MILLISECONDS)
          .withThrowableOfType(TimeoutException.class);
      sample("b", turns, 1);

      assertThat(early).as("with the other").succeedsWithin(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void whoDiesInItsTurnIsLeftOut() {
    try (Turns turns = new Turns(2)) {
      CompletableFuture<Void> other = CompletableFuture.runAsync(() -> sample("b", turns, 3));
      try (Turn dying = Turn.at(turns.port())) {
        dying.begin();
      }

      assertThat(other).succeedsWithin(10, TimeUnit.SECONDS);
    }
    assertThat(log).hasSize(6);
  }

  @Test
  void whoWaitsWhenTheOtherHasFailedIsTold() {
    Turns turns = new Turns(2);
    CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> sample("a", turns, 1));

    turns.close();

    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(waiting::join)
        .withCauseInstanceOf(UncheckedIOException.class);
  }

  @Test
  void aJvmWithoutTheOptionNeedNotWait() {
    try (Turn turn = Turn.ofThisJvm()) {
      turn.begin();
      turn.end();
    }
  }

  @Test
  void theOptionTellsWhere() {
    try (Turns turns = new Turns(1)) {
      assertThat(turns.jvmOption()).isEqualTo("-Dbatchnorm.benchmarks.turns=" + turns.port());
    }
  }
}
