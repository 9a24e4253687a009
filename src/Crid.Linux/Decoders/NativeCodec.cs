using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>A library that the system may have or not, by its versioned name, so that another ABI is never taken for the one that is meant.</summary>
internal sealed class NativeCodec
{
    private readonly string _name;
    private readonly nint _library;

    /// <param name="name">The file name of the library.</param>
    /// <param name="package">Debian's name of what brings it, for people who miss it.</param>
    public NativeCodec(string name, string package)
    {
        _name = name;
        Problem = NativeLibrary.TryLoad(name, out _library) ? null : $"{name} can't be loaded; in Debian it comes with {package}";
    }

    /// <summary>Why the library can't be used, as far as its functions tell; null where it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>The address of a function; zero where the library or the function is missing.</summary>
    public nint Find(string function)
    {
        if (_library == 0)
        {
            return 0;
        }

        if (NativeLibrary.TryGetExport(_library, function, out nint address))
        {
            return address;
        }

        Problem ??= $"{_name} has no function {function}";
        return 0;
    }
}
