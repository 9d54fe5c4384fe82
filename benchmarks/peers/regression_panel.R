# Negative binomial regression on 200 regions by mgcv; the time of the fit alone.
# Rscript regression_panel.R FOLDER
suppressMessages(library(mgcv))
setwd(commandArgs(trailingOnly = TRUE)[1])
rows <- read.csv("rows.csv", stringsAsFactors = TRUE)
lags <- grep("^lag", names(rows), value = TRUE)
formula <- reformulate(c(lags, "region"), "deaths")
before <- proc.time()
fit <- bam(formula, family = nb(), data = rows, method = "ML", discrete = FALSE)
spent <- (proc.time() - before)[["user.self"]] + (proc.time() - before)[["sys.self"]]
cat(spent, "\n", file = "fit.txt")
cat(format(coef(fit)[lags], digits = 15), "\n", file = "fit.txt", append = TRUE)
