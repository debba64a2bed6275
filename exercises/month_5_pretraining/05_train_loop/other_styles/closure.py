"""The update as a closure, which the optimizer's step calls."""

from parts import calc_loss_batch, evaluate_model, generate_and_print_sample


def train_model_simple(
    model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter, start_context, tokenizer
):
    evaluations = []
    step = tokens = 0
    for _ in range(num_epochs):
        model.train()
        for batch in train_loader:

            def compute_loss(batch=batch):
                optimizer.zero_grad()
                loss = calc_loss_batch(*batch, model, device)
                loss.backward()
                return loss

            optimizer.step(compute_loss)
            tokens += batch[0].numel()
            if step % eval_freq == 0:
                losses = evaluate_model(model, train_loader, val_loader, device, eval_iter)
                evaluations.append((*losses, tokens))
            step += 1
        generate_and_print_sample(model, tokenizer, device, start_context)
    return tuple(list(column) for column in zip(*evaluations, strict=True))
