using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Images;

/// <summary>Checks the layers of the store and has damaged ones fetched again.</summary>
internal sealed class StoreVerifier(LayerStore store, ImageCatalog catalog, ILogger logger)
{
    /// <param name="pull">Pulls an image; null to only look.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    public async Task<VerificationReport> VerifyAsync(Func<ImageReference, CancellationToken, Task>? pull, CancellationToken cancellationToken)
    {
        List<LayerDamage> damage = [];
        List<Layer> damaged = [];
        (int layers, int unprovable, long bytes) = (0, 0, 0);
        foreach (Layer layer in store.ListByNumber().Values.OrderBy(static layer => layer.Number))
        {
            if (!store.TryHold(layer))
            {
                continue;
            }

            try
            {
                LayerCheckResult result = await Task.Run(() => LayerCheck.Check(layer, store.GetPath(layer), cancellationToken), cancellationToken);
                layers++;
                unprovable += result.IsProvable ? 0 : 1;
                bytes += result.Bytes;
                if (result.Problem is { } problem)
                {
                    ImagesLog.LayerDamaged(logger, layer.Number, layer.DiffId.Value, problem);
                    damage.Add(new LayerDamage(layer.DiffId, problem, [.. ImagesOf(layer).Select(static image => image.Id.Value)]));
                    damaged.Add(layer);
                }
            }
            finally
            {
                store.Release([layer]);
            }
        }

        if (pull is not null)
        {
            damage = await RepairAsync(damaged, damage, pull, cancellationToken);
        }

        return new VerificationReport(layers, unprovable, bytes, damage);
    }

    private IEnumerable<Image> ImagesOf(Layer layer) =>
        catalog.ListStored().Where(image => image.Layers.Any(other => other.Number == layer.Number)).Select(static image => image.Image);

    // First all damaged layers are hidden from pulls, which then fetch them once, whatever images they are of.
    private async Task<List<LayerDamage>> RepairAsync(
        List<Layer> damaged, List<LayerDamage> damage, Func<ImageReference, CancellationToken, Task> pull, CancellationToken cancellationToken)
    {
        foreach (Layer layer in damaged)
        {
            await store.CondemnAsync(layer);
        }

        List<LayerDamage> result = [];
        foreach ((Layer layer, LayerDamage found) in damaged.Zip(damage))
        {
            string? failure = null;
            foreach (Image image in ImagesOf(layer).ToArray())
            {
                failure ??= await FetchAgainAsync(image, pull, cancellationToken);
            }

            // A tag may name another image by now: its pull succeeds and mends nothing.
            if (failure is null && ImagesOf(layer).FirstOrDefault() is { } unchanged)
            {
                failure = $"{unchanged.Id} still has it: what the registry has by its name is another image";
            }

            result.Add(found with { Repaired = failure is null, RepairFailure = failure });
        }

        await store.CollectAsync();
        return result;
    }

    private static async Task<string?> FetchAgainAsync(Image image, Func<ImageReference, CancellationToken, Task> pull, CancellationToken cancellationToken)
    {
        ImageReference? name = image.Digests.Concat(image.Tags).FirstOrDefault();
        if (name is null)
        {
            return $"{image.Id} has no name to pull it by: import it again";
        }

        try
        {
            await pull(name, cancellationToken);
            return null;
        }
        catch (CridException exception)
        {
            return exception.Message;
        }
    }
}
