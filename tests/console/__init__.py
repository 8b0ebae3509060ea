"""The console in a real browser: Debian's Chromium, driven by Playwright. Without Chromium these tests are skipped."""
