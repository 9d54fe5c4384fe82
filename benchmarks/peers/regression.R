# Negative binomial regression by MASS; the time of the fit alone.
# Rscript regression.R ROWS FOLDER
suppressMessages(library(MASS))
asked <- commandArgs(trailingOnly = TRUE)
setwd(asked[2])
count <- as.integer(asked[1])
numbers <- readBin("rows.f64", "double", file.size("rows.f64") / 8)
rows <- as.data.frame(matrix(numbers, nrow = count))
before <- proc.time()
fit <- glm.nb(V1 ~ ., data = rows)
spent <- (proc.time() - before)[["user.self"]] + (proc.time() - before)[["sys.self"]]
cat(spent, "\n", file = "fit.txt")
cat(format(coef(fit), digits = 15), "\n", file = "fit.txt", append = TRUE)
