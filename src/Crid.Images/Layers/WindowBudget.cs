using Crid.Core;

namespace Crid.Images;

/// <summary>
/// The memory that decoders of zstd may take for their windows, all layers together. A frame may ask for gigabytes: without this, what an image
/// takes to pull would be up to who made it.
/// </summary>
/// <param name="bytes">As much as all of them may have; also the most that one frame may ask for.</param>
internal sealed class WindowBudget(long bytes)
{
    private const long Unit = 1 << 20;

    // Who waits takes what becomes free; one at a time, so that a large request is neither passed for ever nor half served beside another.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _free = new((int)(bytes / Unit));

    /// <summary>Waits until there is enough.</summary>
    /// <exception cref="CridException">ResourceExhausted: that will never be.</exception>
    public int Acquire(long wanted, CancellationToken cancellationToken)
    {
        if (wanted > bytes)
        {
            throw new CridException(
                ErrorKind.ResourceExhausted, $"the layer takes a zstd window of {(wanted + Unit - 1) / Unit} MiB to unpack, zstd_memory_mib allows {bytes / Unit}");
        }

        int units = (int)((wanted + Unit - 1) / Unit);
        int taken = 0;
        _turn.Wait(cancellationToken);
        try
        {
            for (; taken < units; taken++)
            {
                _free.Wait(cancellationToken);
            }
        }
        catch
        {
            Release(taken);
            throw;
        }
        finally
        {
            _turn.Release();
        }

        return units;
    }

    public void Release(int units)
    {
        if (units > 0)
        {
            _free.Release(units);
        }
    }
}
