"""Pictures of listings and posts: opened safely, read, compared (extra `hengjian[images]`)."""
