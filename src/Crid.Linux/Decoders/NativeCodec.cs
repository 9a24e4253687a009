using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>A library that the system may have or not, by its versioned name, so that another ABI is never taken for the one that is meant.</summary>
internal sealed class NativeCodec
{
    private readonly nint _library;

    public NativeCodec(string name) => NativeLibrary.TryLoad(name, out _library);

    /// <summary>The address of a function; zero where the library or the function is missing.</summary>
    public nint Find(string function) =>
        _library != 0 && NativeLibrary.TryGetExport(_library, function, out nint address) ? address : 0;
}
