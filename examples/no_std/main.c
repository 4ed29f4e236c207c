/* Scores the rows of a CSV file on standard input with the library of src/lib.rs. */

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* As in src/lib.rs. */
struct probabilities {
    double setosa, versicolor, virginica;
};

bool score(float sepal_length, float sepal_width, float petal_length, float petal_width,
           struct probabilities *probabilities);

/* Returns the next cell of a line, or NaN if it is empty. */
static float cell(char **line) {
    char *end;
    float value = strtof(*line, &end);
    if (end == *line)
        value = NAN;
    *line = *end == ',' ? end + 1 : end;
    return value;
}

int main(void) {
    char line[256];
    if (!fgets(line, sizeof line, stdin)) /* the header */
        return 1;
    puts("probability(setosa),probability(versicolor),probability(virginica)");
    while (fgets(line, sizeof line, stdin)) {
        char *at = line;
        float sepal_length = cell(&at), sepal_width = cell(&at);
        float petal_length = cell(&at), petal_width = cell(&at);
        struct probabilities p;
        if (score(sepal_length, sepal_width, petal_length, petal_width, &p))
            printf("%.17g,%.17g,%.17g\n", p.setosa, p.versicolor, p.virginica);
        else
            puts(",,");
    }
    return 0;
}
