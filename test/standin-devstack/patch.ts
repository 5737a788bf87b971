/** A patch that applies to any checkout: it adds a file. */

export const PATCH = `From 0000000000000000000000000000000000000001 Mon Sep 17 00:00:00 2001
From: Somebody <somebody@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Subject: [PATCH] Add a file

---
 added.txt | 1 +
 1 file changed, 1 insertion(+)
 create mode 100644 added.txt

diff --git a/added.txt b/added.txt
new file mode 100644
index 0000000..ce01362
--- /dev/null
+++ b/added.txt
@@ -0,0 +1 @@
+hello
-- 
2.39.5
`;
