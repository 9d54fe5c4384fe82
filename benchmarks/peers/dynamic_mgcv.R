# A smooth log rate by mgcv, with 1,000 draws; the time of the fit alone.
# Rscript dynamic_mgcv.R FOLDER
suppressMessages(library(mgcv))
setwd(commandArgs(trailingOnly = TRUE)[1])
counts <- scan("counts.txt", quiet = TRUE)
days <- data.frame(count = counts, day = seq_along(counts))
before <- proc.time()
knots <- max(10, min(500, nrow(days) %/% 10))
fit <- gam(count ~ s(day, k = knots), nb(), days, method = "REML")
smooth <- predict(fit, type = "lpmatrix")
draws <- smooth %*% t(rmvn(1000, coef(fit), vcov(fit)))
spent <- proc.time() - before
cat(spent[["user.self"]] + spent[["sys.self"]], "\n", file = "mgcv.txt")
cat(fit$linear.predictors, "\n", file = "mgcv.txt", append = TRUE)
