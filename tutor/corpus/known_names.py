"""Names that every Rust or Python program knows without defining them."""

from __future__ import annotations

import builtins
import sys

_RUST = """
AsMut AsRef Arc ArcInner AtomicBool AtomicI32 AtomicI64 AtomicPtr AtomicU32 AtomicU64 AtomicUsize BTreeMap BTreeSet
Barrier BinaryHeap Borrow BorrowMut Box BufRead BufReader BufWriter Builder Bytes CStr CString Cell Child Chars Clone
Command Condvar Context Copy Cow Cursor Debug Default Deref DerefMut Display DoubleEndedIterator Drop Duration Entry
Eq Err Error ErrorKind ExactSizeIterator ExitCode ExitStatus Extend File Fn FnMut FnOnce Formatter From FromIterator
FromStr Future FusedIterator HashMap HashSet Hash Hasher Instant Into IntoIterator IntoFuture IoSlice IpAddr Ipv4Addr
Ipv6Addr Iterator Layout LinkedList LazyLock Lock ManuallyDrop Mutex MutexGuard NonNull NonZeroU32 NonZeroUsize None
Not NotFound Ok OnceCell OnceLock Option Ord Ordering OsStr OsString PartialEq PartialOrd Path PathBuf PhantomData Pin
Poll Pending Ready Range RangeBounds RangeFrom RangeFull RangeInclusive Rc Read RefCell Result RwLock Seek SeekFrom
Self Send Sized SocketAddr SocketAddrV4 SocketAddrV6 Some Stdin Stdio Stdout Stderr String Sum Sync SystemTime
TcpListener TcpStream Termination Thread ToOwned ToString TryFrom TryInto TypeId UdpSocket UnixListener UnixStream
Unpin UnwindSafe Utf8Error Vec VecDeque Waker Weak Wake Wrapping Write WouldBlock Interrupted InvalidData InvalidInput
UnexpectedEof BrokenPipe AddrInUse Acquire Release AcqRel Relaxed SeqCst Less Greater Equal MaybeUninit Any Add Sub
Mul Div Index IndexMut Neg Rem Shl Shr BitAnd BitOr BitXor Cargo Rust UnsafeCell Alloc GlobalAlloc Allocator RawFd
AsRawFd OwnedFd IntoRawFd Metadata OpenOptions
"""

_PYTHON = """
Any AnyStr Awaitable Callable ClassVar Collection Coroutine Counter Decimal DefaultDict Deque Dict Enum FrozenSet
Future Generator Generic Iterable Iterator List Literal Mapping MutableMapping NamedTuple Namespace NoReturn Optional
OrderedDict Path PathLike PurePath Pattern Protocol Sequence Set StringIO BytesIO Task Text Thread Tuple Type TypeVar
TypedDict Union UserDict UserList DataFrame Series NumPy PyTorch TensorFlow ArrowTable GitHub JSON Python
"""

RUST = frozenset(_RUST.split())
PYTHON = frozenset(_PYTHON.split()) | frozenset(dir(builtins)) | frozenset(sys.stdlib_module_names)


def common(language: str) -> frozenset[str]:
    """Names of the language's standard library and prelude that documentation mentions."""
    return RUST if language == "rust" else PYTHON
