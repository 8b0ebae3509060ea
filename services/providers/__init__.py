"""Who answers: providers of models, and which one a model's name stands for."""
